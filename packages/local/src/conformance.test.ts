import { describeNamer } from "@namerkit/testing/conformance";
import { fsSubject } from "../test-support/conformance.js";

describeNamer("io.l5d.fs", fsSubject);
