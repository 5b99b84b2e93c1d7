//! Follows the open transactions until they are final.

use std::{collections::BTreeMap, time::Duration};

use air_fetch::evm::{BlockId, Receipt, Refusal};
use air_ids::UnixTime;
use air_ledger::evm::{KeccakHash, transaction::Fees};
use air_platform::{
    App,
    chain::{
        self, Attempt, BlockRef, Cost, Delivered, Delivery, Mined, Outbox, OutboxChange, Progress, Seen, Step,
    },
};

use super::{
    contract::Contract,
    draft::{Draft, raised_fees},
    error::ChainError,
    link::Link,
    problem::Problem,
};

/// The time after which a transaction is given up whose nonce another one used.
const LOST_AFTER: Duration = Duration::from_mins(1);

/// Sends transactions of the outbox, and follows them.
pub(super) struct Follower {
    pub(super) app: App,
    pub(super) link: Link,
    /// The results of sending, by the transaction's hash.
    deliveries: BTreeMap<KeccakHash, Delivery>,
    /// The newest final block in the store, if this process stored it.
    stored_final: Option<u64>,
    /// Whether a transaction was taken back and is not in a block again.
    pub(super) is_reorganised: bool,
}

impl Follower {
    pub(super) fn new(app: App, link: Link) -> Self {
        Self {
            app,
            link,
            deliveries: BTreeMap::new(),
            stored_final: None,
            is_reorganised: false,
        }
    }

    /// Looks for the open transactions on the chain, and does what follows from it.
    pub(super) async fn follow(&mut self, outbox: &Outbox) -> Result<(), Problem> {
        // A transaction that this round adds is in the next round's outbox.
        self.forget_deliveries(outbox);
        let seen = self.look(outbox).await?;
        self.store_final_block(&seen).await?;
        if self.give_up_foreign(outbox, &seen).await? {
            return Ok(());
        }
        let now = self.now();
        let mut problem = None;
        let mut replaced = None;
        for step in chain::plan(&outbox.open, &seen, &self.deliveries, now) {
            if matches!((step, replaced), (Step::Send { hash }, Some(nonce))
                if find(outbox, hash).is_some_and(|attempt| attempt.nonce == nonce))
            {
                continue;
            }
            match self.take(step, outbox, &seen).await {
                Ok(()) => {
                    if let Step::Replace { nonce } = step {
                        replaced = Some(nonce);
                    }
                }
                Err(halt @ Problem::Halt(_)) => return Err(halt),
                // The other transactions do not depend on this one.
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        problem.map_or(Ok(()), Err)
    }

    /// Gives up what another account signed before the key was changed, and is in no block. If it
    /// is mined all the same, the contract takes or refuses it, and nothing is lost. Returns
    /// whether there was any.
    async fn give_up_foreign(&self, outbox: &Outbox, seen: &Seen) -> Result<bool, Problem> {
        let own = self.link.signer.address();
        let is_foreign = |attempt: &&Attempt| {
            let is_nowhere = seen.receipts.get(&attempt.signed.hash) == Some(&None);
            attempt.sender != own && attempt.progress == Progress::Sent && is_nowhere
        };
        let mut found = false;
        for attempt in outbox.open.iter().filter(is_foreign) {
            let (hash, nonce) = (attempt.signed.hash, attempt.nonce);
            tracing::warn!(transaction = %hash, "another account signed this transaction; it is given up");
            self.apply(OutboxChange::Failed { hash, nonce }).await?;
            found = true;
        }
        Ok(found)
    }

    /// Stores the newest final block while a transaction's block is not final: the status names both.
    async fn store_final_block(&mut self, seen: &Seen) -> Result<(), Problem> {
        let mut mined = seen.receipts.values().flatten();
        let is_awaited = mined.any(|mined| mined.block.number > seen.newest_final);
        if is_awaited && self.stored_final != Some(seen.newest_final) {
            chain::set_final_block(&self.app, seen.newest_final).await?;
            self.stored_final = Some(seen.newest_final);
        }
        Ok(())
    }

    /// Asks the node. Final blocks come first and receipts last, so that a block which is final by
    /// the answers was final when the receipt named it.
    async fn look(&self, outbox: &Outbox) -> Result<Seen, Problem> {
        let node = &self.link.node;
        let newest = node.block(BlockId::Latest).await?.map_or(0, |block| block.number);
        let newest_final = self.link.newest_final(newest).await?;
        let mut seen = Seen {
            newest,
            newest_final,
            ..Seen::default()
        };
        if outbox.is_waiting() {
            let sender = self.link.signer.address();
            seen.account_nonce = node.transaction_count(sender, BlockId::Latest).await?;
        }
        let included = |attempt: &&Attempt| attempt.progress != Progress::Sent;
        let waiting = outbox
            .open
            .iter()
            .filter(|attempt| attempt.progress == Progress::Sent);
        for attempt in waiting {
            self.look_for(attempt, &mut seen).await?;
        }
        // As long as the newest block with a transaction is the same, those before it are.
        if let Some(last) = outbox.open.iter().rfind(included)
            && self.look_for(last, &mut seen).await? != last.progress
        {
            for attempt in outbox.open.iter().filter(included) {
                self.look_for(attempt, &mut seen).await?;
            }
        }
        Ok(seen)
    }

    async fn look_for(&self, attempt: &Attempt, seen: &mut Seen) -> Result<Progress, Problem> {
        let hash = attempt.signed.hash;
        let receipt = self.link.node.receipt(&hash).await?;
        let mined = receipt.as_ref().map(mined);
        seen.receipts.insert(hash, mined);
        Ok(mined
            .filter(|mined| mined.is_success)
            .map_or(Progress::Sent, |mined| Progress::Included(mined.block)))
    }

    async fn take(&mut self, step: Step, outbox: &Outbox, seen: &Seen) -> Result<(), Problem> {
        match step {
            Step::Include { hash, block, cost } => self.include(hash, block, cost, outbox).await,
            Step::Finish { hash, block } => self.finish(hash, block, outbox, seen).await,
            Step::Investigate { hash } => match find(outbox, hash) {
                Some(attempt) => self.settle(attempt, seen, Settling::Refused).await,
                None => Ok(()),
            },
            Step::FindUsed { nonce } => match newest_of(outbox, nonce) {
                Some(attempt) => self.settle(attempt, seen, Settling::Missing).await,
                None => Ok(()),
            },
            Step::TakeBack { hash } => {
                tracing::warn!(transaction = %hash, "a block with a checkpoint was replaced; it is sent again");
                self.is_reorganised = true;
                self.app.metrics.chain_reorganised();
                self.apply(OutboxChange::TakenBack { hash }).await
            }
            Step::Replace { nonce } => match newest_of(outbox, nonce) {
                Some(attempt) => self.replace(attempt, outbox, seen).await,
                None => Ok(()),
            },
            Step::Send { hash } => match find(outbox, hash) {
                Some(attempt) => self.send(attempt, seen.newest).await,
                None => Ok(()),
            },
        }
    }

    async fn include(
        &mut self,
        hash: KeccakHash,
        block: BlockRef,
        cost: Cost,
        outbox: &Outbox,
    ) -> Result<(), Problem> {
        if find(outbox, hash).is_some_and(Attempt::creates_contract) {
            self.remember_contract(hash).await?;
        }
        self.apply(OutboxChange::Included { hash, block, cost }).await?;
        tracing::info!(transaction = %hash, block = block.number, "the transaction is in a block");
        Ok(())
    }

    /// Stores the contract that a transaction created.
    async fn remember_contract(&mut self, transaction: KeccakHash) -> Result<(), Problem> {
        let receipt = self.link.node.receipt(&transaction).await?;
        let address = receipt.and_then(|receipt| receipt.contract_address);
        let address = address.ok_or(Problem::Contradiction)?;
        let contract = Contract {
            node: &self.link.node,
            address,
        };
        let code_hash = contract.code_hash().await?.ok_or(Problem::Contradiction)?;
        chain::set_contract(&self.app, address, code_hash).await?;
        tracing::info!(contract = %address, "the contract of the ledger is deployed");
        Ok(())
    }

    async fn finish(
        &mut self,
        hash: KeccakHash,
        block: BlockRef,
        outbox: &Outbox,
        seen: &Seen,
    ) -> Result<(), Problem> {
        let Some(attempt) = find(outbox, hash) else {
            return Ok(());
        };
        // A receipt does not say what the contract stored.
        if let Some((address, _)) = outbox.contract
            && !attempt.creates_contract()
        {
            let contract = Contract {
                node: &self.link.node,
                address,
            };
            let chain = contract.root(attempt.size, BlockId::Latest).await?;
            if chain != Some(attempt.root) {
                return Err(Problem::Halt(ChainError::OtherRoot {
                    size: attempt.size,
                    chain,
                    ledger: attempt.root,
                }));
            }
        }
        self.apply(OutboxChange::Final {
            hash,
            nonce: attempt.nonce,
            block: Some(block),
            final_block: seen.newest_final,
        })
        .await?;
        tracing::info!(transaction = %hash, entries = attempt.size, "the transaction is final");
        Ok(())
    }

    /// Ends a nonce that no open transaction can use any more: final if the contract has the
    /// checkpoint all the same.
    async fn settle(&mut self, attempt: &Attempt, seen: &Seen, why: Settling) -> Result<(), Problem> {
        let (hash, nonce) = (attempt.signed.hash, attempt.nonce);
        let outbox = chain::load(&self.app).await?;
        if let (Some((address, _)), false) = (outbox.contract, attempt.creates_contract()) {
            let contract = Contract {
                node: &self.link.node,
                address,
            };
            match contract.root(attempt.size, BlockId::Latest).await? {
                Some(root) if root == attempt.root => {
                    let block = BlockId::Number(seen.newest_final);
                    return match contract.root(attempt.size, block).await? {
                        Some(_) => {
                            self.apply(OutboxChange::Final {
                                hash,
                                nonce,
                                block: None,
                                final_block: seen.newest_final,
                            })
                            .await
                        }
                        None => Ok(()),
                    };
                }
                Some(root) => {
                    return Err(Problem::Halt(ChainError::OtherRoot {
                        size: attempt.size,
                        chain: Some(root),
                        ledger: attempt.root,
                    }));
                }
                None => {}
            }
        }
        let is_lost = self.now() >= attempt.stored_at.saturating_add(LOST_AFTER);
        if why == Settling::Refused || is_lost {
            tracing::warn!(transaction = %hash, entries = attempt.size, "the transaction had no effect; another one follows");
            self.apply(OutboxChange::Failed { hash, nonce }).await?;
        }
        Ok(())
    }

    /// Stores and sends a transaction with the nonce of a stuck one, higher fees and the newest checkpoint.
    async fn replace(&mut self, stuck: &Attempt, outbox: &Outbox, seen: &Seen) -> Result<(), Problem> {
        let fees = raised_fees(&self.link, stuck.fees).await?;
        let draft = Draft::new(&self.app, &self.link, outbox).await?;
        self.app.metrics.chain_replaced();
        tracing::warn!(
            nonce = stuck.nonce,
            "the transaction is in no block yet; it is replaced with higher fees"
        );
        self.store_and_send(draft, stuck.nonce, fees, outbox, seen.newest)
            .await
    }

    /// Signs a transaction, stores it, and sends it then.
    pub(super) async fn store_and_send(
        &mut self,
        draft: Draft,
        nonce: u64,
        fees: Fees,
        outbox: &Outbox,
        newest_block: u64,
    ) -> Result<(), Problem> {
        let chain_id = outbox.chain_id.ok_or(Problem::Contradiction)?;
        let attempt = draft.sign(&self.link, chain_id, nonce, fees, self.now()).await?;
        chain::store(&self.app, &attempt, outbox).await?;
        tracing::info!(transaction = %attempt.signed.hash, entries = attempt.size, "a transaction is sent to the chain");
        self.send(&attempt, newest_block).await
    }

    /// Gives the node a transaction that is in the outbox.
    async fn send(&mut self, attempt: &Attempt, newest_block: u64) -> Result<(), Problem> {
        let hash = attempt.signed.hash;
        let sent = self.link.node.send_raw_transaction(&attempt.signed.raw).await;
        let (outcome, problem) = match sent {
            Ok(_) => (Delivered::Taken, None),
            Err(error) => match error.refusal() {
                Some(Refusal::AlreadyKnown) => (Delivered::Taken, None),
                // The next look at the chain finds out by which transaction.
                Some(Refusal::NonceTooLow) => (Delivered::NotTaken, None),
                Some(Refusal::NotReplaced) => (Delivered::NotReplaced, None),
                Some(Refusal::FeeTooLow) => (Delivered::FeeTooLow, None),
                Some(Refusal::OutOfFunds) => (Delivered::NotTaken, Some(Problem::OutOfFunds(error))),
                _ => (Delivered::NotTaken, Some(Problem::Rpc(error))),
            },
        };
        let at = self.now();
        self.deliveries.insert(hash, Delivery { at, outcome });
        if outcome == Delivered::Taken {
            self.apply(OutboxChange::Sent { hash, newest_block }).await?;
        }
        problem.map_or(Ok(()), Err)
    }

    fn forget_deliveries(&mut self, outbox: &Outbox) {
        self.deliveries.retain(|hash, _| find(outbox, *hash).is_some());
    }

    fn now(&self) -> UnixTime {
        self.app.machine_clock.now()
    }

    async fn apply(&self, change: OutboxChange) -> Result<(), Problem> {
        Ok(chain::apply(&self.app, &[change]).await?)
    }
}

/// The reason why no open transaction can use a nonce any more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Settling {
    /// The contract refused the transaction.
    Refused,
    /// Another transaction has the nonce.
    Missing,
}

fn find(outbox: &Outbox, hash: KeccakHash) -> Option<&Attempt> {
    outbox.open.iter().find(|attempt| attempt.signed.hash == hash)
}

fn newest_of(outbox: &Outbox, nonce: u64) -> Option<&Attempt> {
    outbox.open.iter().rfind(|attempt| attempt.nonce == nonce)
}

fn mined(receipt: &Receipt) -> Mined {
    Mined {
        block: BlockRef {
            number: receipt.block_number,
            hash: receipt.block_hash,
        },
        is_success: receipt.is_success,
        cost: Cost {
            gas_used: receipt.gas_used,
            gas_price: receipt.effective_gas_price,
        },
    }
}
