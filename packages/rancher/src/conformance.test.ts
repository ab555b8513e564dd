import { describeNamer } from "@namerkit/testing/conformance";
import { rancherSubject } from "../test-support/conformance.js";

describeNamer("io.l5d.rancher", rancherSubject);
