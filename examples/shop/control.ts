/**
 * The one file that all processes of a run share: which troubles are on and where shop-api listens. It is read at
 * every request, so a switch works at once and in every process, also in one that has just been replaced.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { requiredEnv } from "./env.ts";
import { isTrouble, type Trouble } from "./trouble.ts";

export interface Control {
  troubles: Trouble[];
  apiUrl: string;
}

export function readControl(path: string): Control {
  const { troubles, apiUrl } = JSON.parse(readFileSync(path, "utf8")) as {
    troubles: string[];
    apiUrl: string;
  };
  return { troubles: troubles.filter(isTrouble), apiUrl };
}

export function writeControl(path: string, control: Control): void {
  const unfinished = `${path}.new`;
  writeFileSync(unfinished, JSON.stringify(control));
  renameSync(unfinished, path);
}

/** What the control file of this process says now. */
export function currentControl(): Control {
  return readControl(requiredEnv("SHOP_CONTROL_FILE"));
}

export function isOn(trouble: Trouble): boolean {
  return currentControl().troubles.includes(trouble);
}

/** Turns a switch for every process of this run. */
export function setTrouble(path: string, trouble: Trouble, isWanted: boolean): void {
  const control = readControl(path);
  const others = control.troubles.filter((name) => name !== trouble);
  writeControl(path, { ...control, troubles: isWanted ? [...others, trouble] : others });
}
