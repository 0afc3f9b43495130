/** All gradients that Engram mends, registered when this is loaded. */
import './constants.ts';
import './lists.ts';
import './matrices.ts';
import './positions.ts';
import './products.ts';
import './running.ts';
import './slices.ts';
import './softmax.ts';
