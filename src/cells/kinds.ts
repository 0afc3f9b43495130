/** Every kind of cell. A new one is its own file and one line here: the registry and the public names are made of these. */
export { associativeLstm } from './associative-lstm/associative-lstm.ts';
export { attention } from './attention/attention.ts';
export { delta } from './delta/delta.ts';
export { dnc } from './dnc/dnc.ts';
export { fastWeights } from './fast-weights/fast-weights.ts';
export { gru } from './gru.ts';
export { hopfield } from './hopfield/hopfield.ts';
export { irnn } from './irnn.ts';
export { lstm } from './lstm.ts';
export { mann } from './mann/mann.ts';
export { mesa } from './mesa/mesa.ts';
export { ntm } from './ntm/ntm.ts';
export { rwkv7 } from './rwkv7/rwkv7.ts';
export { slots } from './slots/slots.ts';
export { titans } from './titans/titans.ts';
export { mlstm } from './xlstm/mlstm.ts';
export { slstm } from './xlstm/slstm.ts';
