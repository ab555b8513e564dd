import { describeNamer } from "@namerkit/testing/conformance";
import { portNameSubject, portNumberSubject } from "../test-support/conformance.js";

describeNamer("io.l5d.k8s", portNumberSubject);
describeNamer("io.l5d.k8s, by namespaces and names of ports", portNameSubject);
