export type {
  ContractCase,
  HostTransaction,
  RateLimiterSubject,
  StorageSubject,
  TokenStoreSubject,
} from './contracts/contract-case.ts'
export { rateLimiterContract } from './contracts/rate-limiter-contract.ts'
export { storageContract } from './contracts/storage-contract.ts'
export { tokenStoreContract } from './contracts/token-store-contract.ts'
