interface Told {
  readonly message: string;
  readonly hint?: string;
}

/** Our words for the parser's errors: its own may quote the source, and the source may hold secrets. */
const MESSAGES: Readonly<Record<string, Told>> = {
  ALIAS_PROPS: { message: "an alias cannot have an anchor or a tag of its own" },
  BAD_ALIAS: { message: "the name of this anchor or alias is not valid", hint: "quote a text that begins with & or *" },
  BAD_COLLECTION_TYPE: { message: "the tag does not fit the value" },
  BAD_DIRECTIVE: { message: "this line beginning with % is not a YAML directive" },
  BAD_DQ_ESCAPE: {
    message: "the text in double quotes holds an unknown escape",
    hint: "write \\\\ for a backslash, or use single quotes",
  },
  BAD_INDENT: {
    message: "the indentation does not fit what is above",
    hint: "keys of one mapping begin in the same column; brackets have to be closed",
  },
  BAD_PROP_ORDER: { message: "anchor and tag stand in the wrong place" },
  BAD_SCALAR_START: { message: "a text cannot begin with this character", hint: "put it in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a mapping cannot begin within this line",
    hint: "quote a text that holds a colon followed by a blank, or put the mapping on lines of its own",
  },
  BLOCK_IN_FLOW: { message: "an indented block cannot stand inside brackets" },
  IMPOSSIBLE: { message: "this cannot be read as YAML" },
  KEY_OVER_1024_CHARS: { message: "a key is longer than 1024 characters" },
  MISSING_CHAR: { message: "something is missing here: a closing quote or bracket, a colon, or a blank" },
  MULTILINE_IMPLICIT_KEY: {
    message: "a key has to stand on one line",
    hint: "is a colon missing, or the indentation wrong?",
  },
  MULTIPLE_ANCHORS: { message: "a value can have one anchor" },
  MULTIPLE_TAGS: { message: "a value can have one tag" },
  RESOURCE_EXHAUSTION: { message: "the text is nested too deeply" },
  TAB_AS_INDENT: { message: "a tab stands where only blanks may indent", hint: "replace the tab by blanks" },
  TAG_RESOLVE_FAILED: {
    message: "YAML tags have no meaning in a configuration",
    hint: "leave the tag out, or quote a text that begins with !",
  },
  UNEXPECTED_TOKEN: { message: "this does not belong here" },
};

const UNKNOWN: Told = { message: "this cannot be read as YAML" };

export function syntaxMessage(code: string): Told {
  return MESSAGES[code] ?? UNKNOWN;
}
