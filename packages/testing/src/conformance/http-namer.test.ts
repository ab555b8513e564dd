import { httpSubject } from "../../test-support/http-namer.js";
import { describeNamer } from "../conformance.js";

describeNamer("a namer over HTTP", httpSubject);
