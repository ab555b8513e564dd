/** Record and replay of what a catalogue answers. */
export { parseRecording, readRecording } from "./record/ndjson.js";
export { createPlayer, type Player, type PlayerOptions } from "./record/player.js";
export { playerDispatcher } from "./record/player-dispatcher.js";
export { type PlayingOptions, playerServer } from "./record/player-server.js";
export { type Recorder, type RecorderOptions, startRecorder } from "./record/recorder.js";
export type { Ending, HeaderPair, RecordedChunk, RecordedExchange, Recording } from "./record/recording.js";
