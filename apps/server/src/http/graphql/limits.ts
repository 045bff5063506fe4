/** What one document may ask for: depth, cost and the number of questions to a store, fragments counted where they are used. */
import {
  type FragmentDefinitionNode,
  GraphQLError,
  type SelectionSetNode,
  type ValidationRule,
} from "graphql";

export const DOCUMENT_LIMITS = {
  /** Lexical tokens: parsing stops there. */
  tokensMax: 2000,
  bodyBytesMax: 64 * 1024,
  depthMax: 6,
  /** Introspection is deeper by its nature. */
  introspectionDepthMax: 15,
  /** Questions to a store: fields of a root, each alias counts. */
  questionsMax: 10,
  /** A question costs 20, each field below it 1. */
  costMax: 300,
} as const;

const QUESTION_COST = 20;

interface Weight {
  readonly depth: number;
  readonly fields: number;
}

/** A validation rule; refusals say which limit. */
export const withinLimits: ValidationRule = (context) => {
  const weights = new Map<string, Weight>();
  const open = new Set<string>();

  function ofFragment(node: FragmentDefinitionNode | null | undefined): Weight {
    // Unknown fragments and circles are refused by rules of the specification.
    if (!node || open.has(node.name.value)) return { depth: 0, fields: 0 };
    const known = weights.get(node.name.value);
    if (known !== undefined) return known;
    open.add(node.name.value);
    const weight = ofSelection(node.selectionSet);
    open.delete(node.name.value);
    weights.set(node.name.value, weight);
    return weight;
  }

  function ofSelection(set: SelectionSetNode | undefined): Weight {
    let depth = 0;
    let fields = 0;
    for (const selection of set?.selections ?? []) {
      const isField = selection.kind === "Field";
      const inner =
        selection.kind === "FragmentSpread"
          ? ofFragment(context.getFragment(selection.name.value))
          : ofSelection(selection.selectionSet);
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      fields += inner.fields + (isField ? 1 : 0);
    }
    return { depth, fields };
  }

  function questionsIn(set: SelectionSetNode, seen: ReadonlySet<string> = new Set()): number {
    let questions = 0;
    for (const selection of set.selections) {
      if (selection.kind === "Field") questions += selection.name.value === "__typename" ? 0 : 1;
      else if (selection.kind === "InlineFragment") questions += questionsIn(selection.selectionSet, seen);
      else if (!seen.has(selection.name.value)) {
        const fragment = context.getFragment(selection.name.value);
        if (fragment)
          questions += questionsIn(fragment.selectionSet, new Set([...seen, selection.name.value]));
      }
      // Fragments in fragments could be counted for ever.
      if (questions > DOCUMENT_LIMITS.questionsMax) return questions;
    }
    return questions;
  }

  return {
    OperationDefinition(node) {
      const { depthMax, introspectionDepthMax, questionsMax, costMax } = DOCUMENT_LIMITS;
      const { depth, fields } = ofSelection(node.selectionSet);
      const questions = questionsIn(node.selectionSet);
      const isIntrospection = node.selectionSet.selections.every(
        (each) => each.kind === "Field" && each.name.value.startsWith("__"),
      );
      const deepest = isIntrospection ? introspectionDepthMax : depthMax;
      const cost = questions * QUESTION_COST + fields;
      const refuse = (message: string): void =>
        context.reportError(
          new GraphQLError(message, { nodes: [node], extensions: { code: "document_too_large" } }),
        );
      if (depth > deepest) refuse(`The document is ${depth} fields deep; at most ${deepest} are taken.`);
      if (questions > questionsMax)
        refuse(
          `The document asks ${questions} questions and more; at most ${questionsMax} are taken at once.`,
        );
      else if (cost > costMax) refuse(`The document costs ${cost}; at most ${costMax} are taken at once.`);
    },
  };
};
