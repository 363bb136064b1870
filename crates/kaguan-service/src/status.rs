//! Is this card in force? Asked by counters, hospitals and pharmacies all day: whoever asks while one question is on
//! its way is answered by the next one, so that a thousand who ask cost a few statements.

use crate::executor::MOST;
use kaguan_domain::social_security_number::SocialSecurityNumber;
use kaguan_store::{CardStateRow, Claim, Store};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Who asks, and where the answer goes.
pub(crate) struct Question {
    number: Claim,
    answer: oneshot::Sender<Result<Option<CardStateRow>, String>>,
}

/// Asks the desk.
pub(crate) async fn ask(
    desk: &mpsc::Sender<Question>,
    number: &SocialSecurityNumber,
) -> Result<Option<CardStateRow>, String> {
    let (answer, wait) = oneshot::channel();
    let gone = || "the status desk has stopped".to_owned();
    let question = Question { number: crate::work::Whose::claim(number), answer };
    desk.send(question).await.map_err(|_| gone())?;
    wait.await.unwrap_or_else(|_| Err(gone()))
}

/// Answers until nobody can ask any more.
pub(crate) async fn serve(store: Arc<Store>, mut questions: mpsc::Receiver<Question>) {
    let mut waiting = Vec::new();
    while questions.recv_many(&mut waiting, MOST).await > 0 {
        let numbers: Vec<Claim> = waiting.iter().map(|q| q.number.clone()).collect();
        match store.card_states(&numbers).await {
            Ok(found) => {
                for question in waiting.drain(..) {
                    let state = found.get(&store.claim_digest(&question.number)).cloned();
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
