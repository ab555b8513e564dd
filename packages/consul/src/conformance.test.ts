import { describeNamer } from "@namerkit/testing/conformance";
import { catalogueSubject, consulSubject } from "../test-support/conformance.js";

describeNamer("io.l5d.consul", consulSubject);
describeNamer("io.l5d.consul, by the catalogue", catalogueSubject);
