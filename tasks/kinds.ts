/** Every task. A new one is its own file and one line here: the registry and the public names are made of these. */
export { associativeRecall, type RecallSettings } from './associative-recall.ts';
export { type CopySettings, copy } from './copy.ts';
export { keyValueRetrieval, type RetrievalSettings } from './key-value-retrieval.ts';
