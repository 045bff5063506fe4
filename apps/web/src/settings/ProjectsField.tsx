import { useState } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { Checks, Choice, type FormTexts } from "../ui/Field.tsx";

const LIMITS = [
  { value: "all", label: "all" },
  { value: "some", label: "only some" },
] as const;

/** All projects, or some of them; `projectsOf(form)` reads it. @param chosen null: all */
export function ProjectsField({ chosen }: { readonly chosen: readonly string[] | null }) {
  const { projects } = useApp();
  const [limit, setLimit] = useState<"all" | "some">(chosen === null ? "all" : "some");
  return (
    <>
      <Choice label="Projects" name="limit" options={LIMITS} value={limit} onChoose={setLimit} />
      {limit === "all" ? null : (
        <Checks
          legend="These projects"
          name="projectIds"
          options={projects.value.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={chosen ?? []}
        />
      )}
    </>
  );
}

/** Null: all, also where the form has no such field. */
export function projectsOf({ text, texts }: FormTexts): string[] | null {
  return text("limit") === "some" ? texts("projectIds") : null;
}
