//! Is this card in force? Asked by counters, hospitals and pharmacies all day: whoever asks while one question is on
//! its way is answered by the next one, so that a thousand who ask cost a few statements.

use crate::executor::MOST;
use kaguan_store::{CardStateRow, Store};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Who asks, and where the answer goes.
pub(crate) struct Question {
    /// The blind index of the social security number.
    number: [u8; 32],
    answer: oneshot::Sender<Result<Option<CardStateRow>, String>>,
}

/// Asks the status task, by the blind index of the social security number.
pub(crate) async fn ask(
    task: &mpsc::Sender<Question>,
    number: [u8; 32],
) -> Result<Option<CardStateRow>, String> {
    let (answer, wait) = oneshot::channel();
    let gone = || "the status task has stopped".to_owned();
    task.send(Question { number, answer }).await.map_err(|_| gone())?;
    wait.await.unwrap_or_else(|_| Err(gone()))
}

/// Answers until nobody can ask any more.
pub(crate) async fn serve(store: Arc<Store>, mut questions: mpsc::Receiver<Question>) {
    let mut waiting = Vec::new();
    while questions.recv_many(&mut waiting, MOST).await > 0 {
        // Whoever is ready to ask asks first: a question to the store costs two changes of thread, however many it is for.
        tokio::task::yield_now().await;
        while waiting.len() < MOST
            && let Ok(question) = questions.try_recv()
        {
            waiting.push(question);
        }
        match store.card_states(waiting.iter().map(|q| q.number)).await {
            Ok(found) => {
                for question in waiting.drain(..) {
                    let state = found.get(&question.number).cloned();
                    // Whoever went away does not want the answer.
                    let _ = question.answer.send(Ok(state));
                }
            }
            Err(e) => {
                for question in waiting.drain(..) {
                    let _ = question.answer.send(Err(e.to_string()));
                }
            }
        }
    }
}
