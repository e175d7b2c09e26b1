export type { ContractCase, StorageSubject, TokenStoreSubject } from './contracts/contract-case.ts'
export { storageContract } from './contracts/storage-contract.ts'
export { tokenStoreContract } from './contracts/token-store-contract.ts'
