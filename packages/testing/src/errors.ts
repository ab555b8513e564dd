/** Every code that this package raises beside those of core. All of them mean that a test is wrong or has failed. */
export const TESTING_ERROR_CODES = {
  TESTING_KUBERNETES: "A KubernetesFake was told of something that it cannot have.",
  TESTING_KUBERNETES_FILE:
    "The file that kubernetes-fake was given describes no cluster; the message says where, and what is wrong.",
  TESTING_UNTIL: "What `until` waited for did not come about in time.",
  TESTING_PORT_TAKEN: "`revive` could not have its port back: something else listens on it now.",
  TESTING_MSW_UNHANDLED: "No msw handler answers the request, and no `fallthrough` dispatcher was given.",
  TESTING_MSW_THREW: "An msw handler threw instead of answering.",
  TESTING_CONFORMANCE: "A namer does not do what every namer must; the message says what was seen, and how to mend it.",
  TESTING_FAKE_NAME: "A FakeNamer was told of a path that is none of its names.",
  TESTING_CONSUL_UNKNOWN: "A fake Consul was told of an instance, a check or a node that it does not have.",
  TESTING_LEAK: "Something is still open; the message lists what, and who opened it.",
  TESTING_UPSTREAM: "What a recorder should stand in front of is no http or https URL.",
  TESTING_RECORDING: "The text or file is no recording; the message names the line.",
  TESTING_REPLAY: "What was asked is not in the recording, or not so often; or not everything in it was asked.",
} as const;
