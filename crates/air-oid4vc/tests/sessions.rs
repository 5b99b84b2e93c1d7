//! The states of offers and presentation requests, and every transition between them.

use std::time::Duration;

use air_oid4vc::{
    Error, UnixTime,
    vci::{self, ErrorCode, ErrorResponse, OfferSession},
    vp::{self, PresentationSession},
};

use crate::times::{NOW, after};

const END: UnixTime = after(600);

fn code(result: Result<OfferSession, Error>) -> ErrorCode {
    ErrorResponse::from(&result.unwrap_err()).code().clone()
}

#[test]
fn an_offer_is_redeemed_once_and_issues_until_its_token_ends() {
    let offered = OfferSession::offer(END, 5);
    assert!(offered.is_open(NOW) && !offered.is_token_valid(NOW));
    let redeemed = offered.redeem(NOW, after(60)).unwrap();
    assert_eq!(
        redeemed,
        OfferSession::Redeemed {
            token_expires_at: after(60)
        }
    );
    assert!(!redeemed.is_open(NOW) && redeemed.is_token_valid(after(59)));
    let issued = redeemed.issue(after(59)).unwrap();
    assert_eq!(issued.issue(after(59)), Ok(issued));
    for session in [redeemed, issued] {
        assert_eq!(code(session.redeem(NOW, END)), ErrorCode::InvalidGrant);
        assert_eq!(code(session.refuse_code(NOW)), ErrorCode::InvalidGrant);
        assert_eq!(code(session.issue(after(60))), ErrorCode::InvalidToken);
        // A refresh token replaces an access token that has ended.
        let renewed = session.renew(after(120)).unwrap();
        assert!(renewed.is_token_valid(after(119)));
    }
    assert_eq!(redeemed.at(after(60)), OfferSession::Expired);
    assert_eq!(issued.at(after(60)), issued);
}

#[test]
fn an_offer_ends_by_time_and_by_wrong_transaction_codes() {
    let mut offered = OfferSession::offer(END, 5);
    for _ in 0..4 {
        offered = offered.refuse_code(NOW).unwrap();
        assert!(offered.is_open(NOW));
    }
    let void = offered.refuse_code(NOW).unwrap();
    assert_eq!(void, OfferSession::Void);
    let expired = OfferSession::offer(END, 5).at(END);
    assert_eq!(expired, OfferSession::Expired);
    for session in [void, expired] {
        assert!(!session.is_open(NOW) && !session.is_token_valid(NOW));
        assert_eq!(code(session.redeem(NOW, END)), ErrorCode::InvalidGrant);
        assert_eq!(code(session.refuse_code(NOW)), ErrorCode::InvalidGrant);
        assert_eq!(code(session.renew(END)), ErrorCode::InvalidGrant);
        assert_eq!(code(session.issue(NOW)), ErrorCode::InvalidToken);
    }
    let late = OfferSession::offer(END, 5);
    assert_eq!(
        code(late.redeem(END, END.saturating_add(Duration::from_mins(1)))),
        ErrorCode::InvalidGrant
    );
    assert_eq!(code(late.issue(NOW)), ErrorCode::InvalidToken);
    assert_eq!(OfferSession::offer(END, 0), OfferSession::Void);
    let rule = late.refuse_code(END).unwrap_err();
    assert!(matches!(
        rule,
        Error::Issuance {
            rule: vci::Rule::OfferEnded,
            ..
        }
    ));
}

#[test]
fn a_presentation_request_has_one_outcome() {
    let open = PresentationSession::open(END);
    assert!(open.is_open(after(599)) && !open.is_open(END));
    let presented = open.present(NOW).unwrap();
    let refused = open.refuse(NOW).unwrap();
    assert_eq!(presented, PresentationSession::Presented);
    assert_eq!(refused, PresentationSession::Refused);
    for session in [presented, refused, open.at(END)] {
        assert!(!session.is_open(NOW));
        for result in [session.present(NOW), session.refuse(NOW)] {
            assert!(matches!(
                result,
                Err(Error::Presentation {
                    rule: vp::Rule::Ended,
                    ..
                })
            ));
        }
        assert_eq!(session.at(END), session);
    }
    assert!(open.present(END).is_err());
}
