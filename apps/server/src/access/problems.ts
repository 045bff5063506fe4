/** What this room refuses with. The catalogue is a part of http/problem.ts's and of docs/errors.md. */

export const ACCESS_PROBLEMS = {
  invalid_input: { status: 400, title: "The input can't be used" },
  wrong_password: { status: 400, title: "The password is wrong" },
  confirmation_needed: { status: 400, title: "The confirmation does not match" },
  link_invalid: { status: 400, title: "This link can't be used" },
  sign_in_failed: { status: 401, title: "Sign-in failed" },
  sign_in_required: { status: 401, title: "Sign-in is needed" },
  setup_required: { status: 401, title: "The first account has to be made" },
  key_refused: { status: 401, title: "This API key can't be used" },
  forbidden: { status: 403, title: "That is not allowed" },
  cross_site: { status: 403, title: "Another site's page sent this" },
  sign_in_again: { status: 403, title: "Sign in again first" },
  unknown_project: { status: 404, title: "There is no such project" },
  unknown_organisation: { status: 404, title: "There is no such organisation" },
  unknown_member: { status: 404, title: "There is no such member" },
  unknown_invitation: { status: 404, title: "There is no such invitation" },
  unknown_key: { status: 404, title: "There is no such key" },
  unknown_source_map: { status: 404, title: "There is no such source map" },
  unknown_provider: { status: 404, title: "There is no such sign-on provider" },
  unknown_deployment: { status: 404, title: "There is no such deployment" },
  unknown_session: { status: 404, title: "There is no such session" },
  unknown_budget: { status: 404, title: "There is no such budget" },
  unknown_database: { status: 404, title: "There is no such database" },
  already_set_up: { status: 409, title: "The first account exists already" },
  already_exists: { status: 409, title: "That exists already" },
  conflict: { status: 409, title: "That can't be done now" },
  unknown_host: { status: 421, title: "This address is not known to the server" },
  too_many_attempts: { status: 429, title: "Too many attempts" },
  provider_failed: { status: 502, title: "The sign-on provider did not cooperate" },
  too_busy: { status: 503, title: "Too many sign-ins at once" },
} as const satisfies Record<string, { status: number; title: string }>;

export type AccessProblemCode = keyof typeof ACCESS_PROBLEMS;

/** Throw it anywhere in this room or in a route behind it; `message` says what to do. */
export class AccessError extends Error {
  readonly code: AccessProblemCode;
  /** For Fastify, should nobody else turn it into an answer. */
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;
  constructor(code: AccessProblemCode, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = "AccessError";
    this.code = code;
    this.statusCode = ACCESS_PROBLEMS[code].status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
