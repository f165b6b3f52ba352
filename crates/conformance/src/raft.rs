//! Raft's receiver rules: figure 2 of the paper, with §5.4.1 and §5.4.2. Logs are lists of terms, the first index is 1.

use crate::{Number, Outcome, Refusal, Row, ask};
use raft::rules::{self, Fit};
use raft::{Position, Terms};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[("raft-vote", vote), ("raft-append", append), ("raft-commit", commit)];

fn terms(numbers: &[Number]) -> Vec<u64> {
    numbers.iter().map(|number| number.0).collect()
}

fn vote(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        voter_log_terms: Vec<Number>,
        candidate_last_term: Number,
        candidate_last_index: Number,
    }
    #[derive(Serialize)]
    struct Answer {
        grant: bool,
    }
    ask(request, |request: Request| {
        let voter = terms(&request.voter_log_terms);
        let candidate = Position { term: request.candidate_last_term.0, index: request.candidate_last_index.0 };
        Ok(Answer { grant: rules::is_up_to_date(candidate, voter.as_slice().end()) })
    })
}

fn append(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        log: Vec<Number>,
        prev_index: Number,
        prev_term: Number,
        entries: Vec<Number>,
        leader_commit: Number,
        commit: Number,
    }
    #[derive(Serialize)]
    struct Answer {
        success: bool,
        log_after: Vec<Number>,
        commit_after: Number,
    }
    ask(request, |request: Request| {
        let prev = Position { term: request.prev_term.0, index: request.prev_index.0 };
        let fit = rules::append(&*terms(&request.log), prev, terms(&request.entries));
        let mut log_after = request.log;
        Ok(match fit {
            Fit::Mismatch(_) => Answer { success: false, log_after, commit_after: request.commit },
            Fit::Match { truncate_from, present, last_new } => {
                let kept = truncate_from.and_then(|from| usize::try_from(from - 1).ok());
                log_after.truncate(kept.unwrap_or(usize::MAX));
                log_after.extend(request.entries.into_iter().skip(usize::try_from(present).unwrap_or(usize::MAX)));
                let commit = rules::follower_commit(request.commit.0, request.leader_commit.0, last_new);
                Answer { success: true, log_after, commit_after: Number(commit) }
            }
        })
    })
}

fn commit(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        servers: Number,
        leader_term: Number,
        log_terms: Vec<Number>,
        match_index: Vec<Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        commit: Number,
    }
    ask(request, |request: Request| {
        let (servers, known) = (request.servers.0, request.match_index.len() as u64);
        if servers == 0 || known != servers {
            return Err(Refusal(format!(
                "`match_index` has {known} values for {servers} servers; it must have one each"
            )));
        }
        let reached = rules::reached(&mut terms(&request.match_index), rules::majority(servers));
        let commit = rules::leader_commit(&*terms(&request.log_terms), request.leader_term.0, 0, reached);
        Ok(Answer { commit: Number(commit) })
    })
}
