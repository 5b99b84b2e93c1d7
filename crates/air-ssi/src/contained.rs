//! Running the library's futures. Their loaders and resolvers read memory, so they never wait for
//! anything but a remote signer.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use crate::Error;

/// Runs a future that never waits.
///
/// # Errors
/// [`Error::Library`] if it panics or waits.
pub(crate) fn run<F: Future>(step: &'static str, future: F) -> Result<F::Output, Error> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(contained(step, future)).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => Err(Error::Library { step }),
    }
}

/// Turns a panic of a future into an error: the library unwraps values that a document chooses.
pub(crate) async fn contained<F: Future>(step: &'static str, future: F) -> Result<F::Output, Error> {
    let mut future = pin!(future);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
            .map_or(Poll::Ready(Err(Error::Library { step })), |poll| poll.map(Ok))
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn a_panic_and_a_wait_are_errors() {
        assert_eq!(run("test", ready(1)).unwrap(), 1);
        assert!(matches!(
            run("test", pending::<()>()),
            Err(Error::Library { step: "test" })
        ));
        let panics = async { assert_eq!(std::hint::black_box(1), 2, "expected by this test") };
        assert!(matches!(run("test", panics), Err(Error::Library { .. })));
    }
}
