export { FeedForwardNetwork } from './feed-forward-network.ts';
export { decodeOnnxModel, type OnnxModel, type OnnxNode, type OnnxPort } from './onnx-model.ts';
export { type Tensor } from './tensor.ts';
