/** The codes of this package's NamerErrors. */
export const MOCK_ERROR_CODES = {
  MOCK_DESCRIPTION: "The description of the stacks is not usable; the message says where.",
  MOCK_UNKNOWN: "A control call names a stack, service or container that does not exist.",
  MOCK_ORIGIN: "A control call may come from a web page of somebody else; it is not carried out.",
  MOCK_CONTROL: "A control call has an argument that is not usable.",
} as const;
