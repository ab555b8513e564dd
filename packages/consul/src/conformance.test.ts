import { describeNamer } from "@namerkit/testing/conformance";
import { consulSubject } from "../test-support/conformance.js";

describeNamer("io.l5d.consul", consulSubject({ useHealthCheck: true }));
