//! Threads that sign: calls of a module block.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use air_jwt::VerifyingKey;
use tokio::sync::oneshot;

use super::{key_session::KeySession, token::Token};
use crate::Error;

/// How long a signer that is dropped waits for calls of the module. If the process ended during a call,
/// modules could crash.
const LAST_CALLS: Duration = Duration::from_secs(2);

/// A bounded queue, and a thread with a session for each of `sessions`.
pub(super) struct Pool {
    queue: Option<SyncSender<Job>>,
    limit: usize,
    /// Disconnects when the last thread has ended.
    ended: Mutex<Receiver<()>>,
}

struct Job {
    message: Vec<u8>,
    reply: oneshot::Sender<Result<Vec<u8>, Error>>,
}

/// A thread's session, if it is open.
struct Worker {
    token: Arc<Token>,
    public: VerifyingKey,
    session: Option<KeySession>,
}

impl Pool {
    /// Starts the threads. The first one takes over `session`; the others open theirs for their
    /// first message.
    pub(super) fn start(
        token: Token,
        session: KeySession,
        sessions: usize,
        limit: usize,
    ) -> Result<Self, Error> {
        let (queue, jobs) = sync_channel(limit);
        let jobs = Arc::new(Mutex::new(jobs));
        let (alive, ended) = channel();
        let token = Arc::new(token);
        let public = session.public().clone();
        let mut first = Some(session);
        for _ in 0..sessions {
            let worker = Worker {
                token: Arc::clone(&token),
                public: public.clone(),
                session: first.take(),
            };
            let (jobs, alive) = (Arc::clone(&jobs), alive.clone());
            thread::Builder::new()
                .name("pkcs11".to_owned())
                .spawn(move || {
                    worker.run(&jobs);
                    drop(alive);
                })
                .map_err(|_| Error::Closed)?;
        }
        Ok(Self {
            queue: Some(queue),
            limit,
            ended: Mutex::new(ended),
        })
    }

    /// Queues a message, and waits for its signature. A caller that stops waiting takes its message
    /// out of the queue.
    pub(super) async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let (reply, signature) = oneshot::channel();
        let job = Job {
            message: message.to_vec(),
            reply,
        };
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy { limit: self.limit },
            TrySendError::Disconnected(_) => Error::Closed,
        })?;
        signature.await.map_err(|_| Error::Closed)?
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing is sent: an error is the end of all threads, or the timeout.
        let _ = ended.recv_timeout(LAST_CALLS);
    }
}

impl Worker {
    fn run(mut self, jobs: &Mutex<Receiver<Job>>) {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { message, reply }) = job else {
                return;
            };
            if reply.is_closed() {
                continue;
            }
            let signed = self.sign(&message);
            // The caller may have stopped waiting.
            let _ = reply.send(signed);
        }
    }

    /// Signs. If the session was lost, opens a new one, logs in and signs again, once.
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let had_session = self.session.is_some();
        match self.attempt(message) {
            Err(Error::Token { is_lost: true, .. } | Error::InvalidSignature) if had_session => {
                self.attempt(message)
            }
            outcome => outcome,
        }
    }

    /// Signs once. After an error, the next attempt opens a new session.
    fn attempt(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.open()?,
        };
        let signature = session.sign(message)?;
        self.session = Some(session);
        Ok(signature)
    }

    fn open(&self) -> Result<KeySession, Error> {
        let session = KeySession::open(&self.token)?;
        if *session.public() == self.public {
            Ok(session)
        } else {
            Err(Error::KeyReplaced)
        }
    }
}
