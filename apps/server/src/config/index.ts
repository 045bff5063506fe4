/** The ground floor: what the environment says and whether this machine can run the product. */
export { ConfigError, loadConfig, type Config, type ConfigProblem } from "./loadConfig.ts";
export { describeEnvironment, type VariableHelp } from "./environment.ts";
export { checkPlatform, type PlatformFacts, type PlatformFinding } from "./platform.ts";
export { gatherPlatformFacts } from "./platformFacts.ts";
