/** What one document may ask for: depth, cost and the number of questions to a store, fragments counted where they are used. */
import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionNode,
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
  /** Fields of a root, each alias counts. */
  questionsMax: 10,
  /** A root costs 20, each field below it 1, those of FIELD_COSTS more. */
  costMax: 300,
} as const;

const QUESTION_COST = 20;
/** Fields below a root that ask stores once more. The score's three share one question, each alias of a root counts. */
const FIELD_COSTS: Readonly<Record<string, number>> = {
  healthScore: 10,
  status: 10,
  performanceTrend: 10,
  topBottlenecks: 40,
  trend: 10,
};

interface Weight {
  readonly depth: number;
  /** As if every fragment were written out where it is spread. */
  readonly fields: number;
  /** Of them those that stand at the top. */
  readonly tops: number;
}

const NOTHING: Weight = { depth: 0, fields: 0, tops: 0 };

/** A validation rule; refusals say which limit. Each fragment is weighed once, however often it is spread. */
export const withinLimits: ValidationRule = (context) => {
  const weights = new Map<string, Weight>();
  const open = new Set<string>();

  function ofFragment(node: FragmentDefinitionNode | null | undefined): Weight {
    // Unknown fragments and circles are refused by rules of the specification.
    if (!node || open.has(node.name.value)) return NOTHING;
    const known = weights.get(node.name.value);
    if (known !== undefined) return known;
    open.add(node.name.value);
    const weight = ofSelection(node.selectionSet);
    open.delete(node.name.value);
    weights.set(node.name.value, weight);
    return weight;
  }

  function ofSelection(set: SelectionSetNode | undefined): Weight {
    let { depth, fields, tops } = NOTHING;
    for (const selection of set?.selections ?? []) {
      const each = weightOf(selection);
      depth = Math.max(depth, each.depth);
      fields += each.fields;
      tops += each.tops;
    }
    return { depth, fields, tops };
  }

  function weightOf(selection: SelectionNode): Weight {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(context.getFragment(selection.name.value));
    const inner = ofSelection(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return inner;
    // The type's name costs no question.
    const tops = selection.name.value === "__typename" ? 0 : 1;
    return { depth: inner.depth + 1, fields: inner.fields + (FIELD_COSTS[selection.name.value] ?? 1), tops };
  }

  return {
    OperationDefinition(node) {
      const { depthMax, introspectionDepthMax, questionsMax, costMax } = DOCUMENT_LIMITS;
      const { depth, fields, tops: questions } = ofSelection(node.selectionSet);
      const isIntrospection = node.selectionSet.selections.every(
        (each) => each.kind === Kind.FIELD && each.name.value.startsWith("__"),
      );
      const deepest = isIntrospection ? introspectionDepthMax : depthMax;
      const cost = questions * QUESTION_COST + fields;
      const refuse = (message: string): void =>
        context.reportError(
          new GraphQLError(message, { nodes: [node], extensions: { code: "document_too_large" } }),
        );
      if (depth > deepest) refuse(`The document is ${depth} fields deep; at most ${deepest} are taken.`);
      if (questions > questionsMax)
        refuse(`The document asks ${questions} questions; at most ${questionsMax} are taken at once.`);
      else if (cost > costMax) refuse(`The document costs ${cost}; at most ${costMax} are taken at once.`);
    },
  };
};
