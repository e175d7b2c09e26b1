export { toNodeHandler } from './to-node-handler.ts'
export type { NodeHandler, NodeHandlerOptions, WebHandler } from './to-node-handler.ts'
