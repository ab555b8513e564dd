import { memorySubject } from "../../test-support/memory-namer.js";
import { describeNamer } from "../conformance.js";

describeNamer("a namer in memory", memorySubject);
