export { type MswDispatcherOptions, mswDispatcher } from "./msw/dispatcher.js";
