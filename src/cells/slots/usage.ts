/**
 * Routing by a rule of prominence: each head keeps the usage of its own slots. The rule adds to the head's scores, may put
 * the write elsewhere, and adds to how alike the slots are found when they are read.
 */
import * as tf from '../../core/tf.ts';
import type { ProminenceGates, ProminenceRule } from '../prominence/rule.ts';
import { topShares } from './shares.ts';

/** What a rule learns of one head. */
export type RuleParams = Readonly<Record<string, tf.Tensor>>;
/** What a rule keeps of one head: its usage, [B,M]. */
export type Usage = Readonly<Record<string, tf.Tensor2D>>;

/** A rule with what it learned, by head. */
export interface LearnedRule {
  readonly rule: ProminenceRule;
  readonly params: readonly RuleParams[];
}

/** What a token is routed by. */
export interface Request {
  readonly topK: number;
  /** r, [B,h,M] */
  readonly scores: tf.Tensor3D;
  /** The rule's gates in (0,1), [B,h,1] each */
  readonly gates: ProminenceGates;
  /** By head */
  readonly usage: readonly Usage[];
  /** Where the heads read last, [B,h,M], for rules that release what was read */
  readonly readBefore: tf.Tensor3D | undefined;
}

/** Where a token goes. */
export interface Route {
  /** s, [B,h,M] */
  readonly shares: tf.Tensor3D;
  /** Added to the likeness of the slots to a query, [B,h,M] */
  readonly readScore: tf.Tensor3D | undefined;
  /** After what was released, by head */
  readonly usage: readonly Usage[];
}

/** Each head's part of what is of all, [B,1,...]. */
function byHead(x: tf.Tensor3D): tf.Tensor3D[] {
  const heads = x.shape[1];
  return heads === 1 ? [x] : tf.split(x, heads, 1);
}

const beside = (parts: readonly tf.Tensor3D[]): tf.Tensor3D =>
  parts.length === 1 ? parts[0]! : tf.concat([...parts], 1);

/** Routes a token in every head, each by the usage of its own slots. */
export function route({ rule, params }: LearnedRule, request: Request): Route {
  const [reads, writes] = [request.gates.read.map(byHead), request.gates.write.map(byHead)];
  const ownRead = request.readBefore && byHead(request.readBefore);
  const routes = byHead(request.scores).map((scores, h) => {
    const gates = { read: reads.map((gate) => gate[h]!), write: writes.map((gate) => gate[h]!) };
    const before = request.usage[h]!;
    const usage = ownRead ? rule.release(before, gates, ownRead[h]!) : before;
    const score = rule.score(params[h]!, usage, { read: 1, write: 1 });
    const [toRead, toWrite] = score ? (tf.split(score, 2, 1) as tf.Tensor3D[]) : [];
    const addressed = topShares(toWrite ? tf.add(scores, toWrite) : scores, request.topK);
    const { written } = rule.place(params[h]!, usage, { gates, addressed });
    return { written, usage, toRead };
  });
  const readScores = routes.flatMap(({ toRead }) => toRead ?? []);
  return {
    shares: beside(routes.map(({ written }) => written)),
    readScore: readScores.length > 0 ? beside(readScores) : undefined,
    usage: routes.map(({ usage }) => usage),
  };
}

/** Usage after the token. @param weights where heads read, and how much of each slot was replaced; [B,h,M] both */
export function usageAfter(
  { rule, params }: LearnedRule,
  usage: readonly Usage[],
  weights: { readonly read: tf.Tensor3D; readonly written: tf.Tensor3D },
): Usage[] {
  const [read, written] = [byHead(weights.read), byHead(weights.written)];
  return usage.map((own, h) => rule.update(params[h]!, own, { read: read[h]!, written: written[h]! }));
}
