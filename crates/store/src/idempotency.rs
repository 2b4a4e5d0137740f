//! Keys by which a repeated request is recognised. A key is stored with the messages of its request: both are there, or
//! neither is.

use async_trait::async_trait;

use crate::integer::unsigned;
use crate::{SeriesSetRow, StoreError};

/// The bytes of a digest.
const DIGEST_BYTES: usize = 32;

/// The table of keys. [`JournalStore::commit_with`](crate::JournalStore::commit_with) adds and removes single ones; the
/// server reads all of them once and keeps them in memory.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Every key, the oldest first.
    async fn idempotency_keys(&self) -> Result<Vec<IdempotencyKeyRow>, StoreError>;

    /// Deletes these keys, in one transaction.
    async fn forget_idempotency_keys(&self, keys: &[ForgottenKey]) -> Result<(), StoreError>;

    /// Deletes the oldest keys, at most `keys_max`, whose time is before `before_ms`. Returns how many.
    async fn expire_idempotency_keys(
        &self,
        before_ms: i64,
        keys_max: usize,
    ) -> Result<u64, StoreError>;
}

/// A key, and what it takes to respond to a repeated request as to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKeyRow {
    /// Whose key it is. Unique together with the key.
    pub owner: String,
    /// The key.
    pub key: String,
    /// The SHA-256 of the request's body.
    pub digest: [u8; DIGEST_BYTES],
    /// When the request was stored.
    pub at_ms: i64,
    /// How many of its entries were stored.
    pub accepted: u64,
    /// How many were not.
    pub rejected: u64,
    /// The number of one of its messages: [`JournalStore::withdraw`](crate::JournalStore::withdraw) deletes the key with
    /// it.
    pub seq: u64,
}

/// A key that is to be deleted, unless it is of another request by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgottenKey {
    /// Whose key it is.
    pub owner: String,
    /// The key.
    pub key: String,
    /// When its request was stored.
    pub at_ms: i64,
}

/// What is stored in the same transaction as messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitExtras {
    /// The sets that messages refer to. One that is stored already is in use again.
    pub sets: Vec<SeriesSetRow>,
    /// The keys of the requests. One that is stored already is replaced.
    pub keys: Vec<IdempotencyKeyRow>,
    /// Keys that are forgotten, before the others are stored.
    pub forgotten: Vec<ForgottenKey>,
}

impl CommitExtras {
    pub(crate) fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.keys.is_empty() && self.forgotten.is_empty()
    }
}

/// Owner, key, digest, time, accepted, rejected, number.
pub(crate) type KeyColumns = (String, String, Vec<u8>, i64, i64, i64, i64);

/// A digest of another length is that of no body.
pub(crate) fn key_of(
    (owner, key, digest, at_ms, accepted, rejected, seq): KeyColumns,
) -> IdempotencyKeyRow {
    IdempotencyKeyRow {
        owner,
        key,
        digest: digest.try_into().unwrap_or_default(),
        at_ms,
        accepted: unsigned(accepted),
        rejected: unsigned(rejected),
        seq: unsigned(seq),
    }
}

pub(crate) const KEYS: &str = "SELECT owner, key, digest, at, accepted, rejected, seq \
     FROM idempotency_key ORDER BY at, seq";

pub(crate) const WITHDRAW_KEYS: &str = "DELETE FROM idempotency_key WHERE seq BETWEEN $1 AND $2";

pub(crate) const EXPIRE_KEYS: &str = "DELETE FROM idempotency_key WHERE (owner, key) IN \
     (SELECT owner, key FROM idempotency_key WHERE at < $1 ORDER BY at LIMIT $2)";
