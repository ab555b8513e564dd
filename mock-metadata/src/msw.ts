export { metadataHandlers } from "./msw-handlers.js";
