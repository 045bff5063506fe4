/**
 * A second as the type of the `time` columns. Not toDateTime: the engine (26.7) rounds a DateTime bound of a DateTime64
 * column when it prunes parts, and rows of the window's last second are not found.
 */
export const secondOf = (param: string): string => `toDateTime64({${param}:UInt32}, 0, 'UTC')`;
