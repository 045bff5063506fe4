/** In examples of addresses with an id: nothing has it, so they can be sent without harm. */
export const NO_SUCH_ID = "01999999-0000-7000-8000-000000000000";
