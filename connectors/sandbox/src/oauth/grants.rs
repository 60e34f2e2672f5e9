//! Log-ins, sessions, open sign-ins, codes and tokens: what lives, for how long, and what ends with what.
//! Lifetimes run on the machine's clock; the words of requests and answers are left to the other files of `oauth`.

mod saved;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::login::{Login, Rights};
use crate::refusal::Refusal;
use crate::secret;

/// A code and an open sign-in live this long.
const SIGN_IN_LIFE: Duration = Duration::from_secs(15 * 60);
/// A session, and so an access token, ends when it was not used for this long.
const SESSION_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// Live approvals of one user; one more ends the oldest.
const MOST_APPROVALS: usize = 5;
/// Once in so many new tokens, what has expired is thrown away.
const SWEEP_EVERY: u64 = 256;

/// All that has been granted and is being asked for.
#[derive(Default)]
pub(crate) struct Grants {
    logins: Vec<Login>,
    sessions: HashMap<String, Session>,
    asked: HashMap<String, Asked>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    approvals: BTreeMap<u64, Approval>,
    made: u64,
}

/// A browser that has logged in.
struct Session {
    user: String,
    ends: Instant,
}

/// A sign-in on its way through the pages.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scope: Vec<String>,
    pub(super) challenge: Option<String>,
    /// The query it came with, to begin again as somebody else.
    pub(super) query: String,
    pub(super) hint: String,
    /// The session that may decide; `None` until somebody has logged in.
    pub(super) session: Option<String>,
    pub(super) since: Instant,
}

/// What a code stands for.
pub(super) struct Code {
    pub(super) user: String,
    pub(super) redirect_uri: String,
    pub(super) scope: Vec<String>,
    pub(super) challenge: Option<String>,
    since: Instant,
    used: bool,
}

/// What an access token stands for.
pub(super) struct Access {
    pub(super) user: String,
    pub(super) scope: Vec<String>,
    pub(super) issued: Timestamp,
    pub(super) approval: Option<u64>,
    ends: Instant,
}

struct Refresh {
    approval: u64,
    /// A rotated-out token is remembered, to know it when it is shown again.
    live: bool,
}

/// What a user granted to the client once; refresh tokens come and go under it.
pub(super) struct Approval {
    pub(super) user: String,
    pub(super) scope: Vec<String>,
    pub(super) issued: Timestamp,
}

/// Who makes a data call.
pub(crate) struct Visitor {
    pub(crate) user: String,
    pub(crate) rights: Rights,
}

impl Grants {
    pub(crate) fn set_login(&mut self, username: &str, password: &str, user: &str, rights: Rights) {
        let new = Login::new(username, password, user, rights);
        // The first stays the first, since it is who acts where nobody signs in.
        match self.logins.iter_mut().find(|login| login.is(username)) {
            Some(login) => *login = new,
            None => self.logins.push(new),
        }
    }

    /// The user's id of a log-in.
    pub(crate) fn user_of(&self, username: &str) -> Option<&str> {
        self.logins
            .iter()
            .find(|login| login.is(username))
            .map(|l| l.user.as_str())
    }

    /// The user who acts where nobody signs in: the first.
    pub(super) fn first_user(&self) -> &str {
        &self
            .logins
            .first()
            .expect("an org starts with two log-ins")
            .user
    }

    pub(super) fn rights_of(&self, user: &str) -> Rights {
        self.logins
            .iter()
            .find(|l| l.user == user)
            .map_or(Rights::ALL, |l| l.rights)
    }

    /// Logs a browser in and gives the value of its cookie.
    pub(crate) fn log_in(&mut self, username: &str, password: &str) -> Option<String> {
        let login = self.logins.iter().find(|login| login.is(username))?;
        if !login.opens_with(password) {
            return None;
        }
        let session = Session {
            user: login.user.clone(),
            ends: Instant::now() + SESSION_LIFE,
        };
        let id = secret::random(24);
        self.sessions.insert(id.clone(), session);
        self.sweep();
        Some(id)
    }

    pub(crate) fn log_out(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    /// The user of a session that has not ended.
    pub(crate) fn session_user(&mut self, session: Option<&str>) -> Option<String> {
        let session = self.sessions.get_mut(session?)?;
        let now = Instant::now();
        if session.ends < now {
            return None;
        }
        session.ends = now + SESSION_LIFE;
        Some(session.user.clone())
    }

    /// Keeps a sign-in while its pages are open.
    pub(super) fn ask(&mut self, asked: Asked) -> String {
        let id = secret::random(24);
        self.asked.insert(id.clone(), asked);
        self.sweep();
        id
    }

    pub(super) fn asked(&mut self, id: &str) -> Option<&mut Asked> {
        self.asked
            .get_mut(id)
            .filter(|asked| asked.since.elapsed() < SIGN_IN_LIFE)
    }

    pub(super) fn forget_asked(&mut self, id: &str) {
        self.asked.remove(id);
    }

    /// A code for a sign-in; it ends in `==`, as the real ones do.
    pub(super) fn code(&mut self, user: &str, asked: &Asked) -> String {
        let code = format!("aPrx{}==", secret::random(40));
        self.codes.insert(
            code.clone(),
            Code {
                user: user.to_owned(),
                redirect_uri: asked.redirect_uri.clone(),
                scope: asked.scope.clone(),
                challenge: asked.challenge.clone(),
                since: Instant::now(),
                used: false,
            },
        );
        self.sweep();
        code
    }

    /// Uses a code up, right or wrong as the rest of the request may be; the error is OAuth's description.
    pub(super) fn use_code(&mut self, code: &str) -> Result<&Code, &'static str> {
        let code = self
            .codes
            .get_mut(code)
            .ok_or("invalid authorization code")?;
        if std::mem::replace(&mut code.used, true) || code.since.elapsed() > SIGN_IN_LIFE {
            return Err("expired authorization code");
        }
        Ok(code)
    }

    /// A new approval; the sixth of a user silently ends the refresh tokens of the oldest, whose sessions go on.
    pub(super) fn approve(&mut self, user: &str, scope: &[String]) -> u64 {
        let own: Vec<u64> = self
            .approvals
            .iter()
            .filter(|(_, approval)| approval.user == user)
            .map(|(number, _)| *number)
            .collect();
        for oldest in own
            .iter()
            .take((own.len() + 1).saturating_sub(MOST_APPROVALS))
        {
            self.approvals.remove(oldest);
            self.refresh
                .retain(|_, refresh| refresh.approval != *oldest);
        }
        self.made += 1;
        let approval = Approval {
            user: user.to_owned(),
            scope: scope.to_vec(),
            issued: Timestamp::now(),
        };
        self.approvals.insert(self.made, approval);
        self.made
    }

    pub(super) fn has_approval(&self, user: &str) -> bool {
        self.approvals
            .values()
            .any(|approval| approval.user == user)
    }

    /// A new access token: the 15-character org id, `!`, and what nobody should look into.
    pub(super) fn access(
        &mut self,
        org_id: &str,
        user: &str,
        scope: &[String],
        approval: Option<u64>,
    ) -> String {
        let token = format!(
            "{}!AQ{}.{}",
            &org_id[..15],
            secret::random(24),
            secret::random(36)
        );
        self.access.insert(
            token.clone(),
            Access {
                user: user.to_owned(),
                scope: scope.to_vec(),
                issued: Timestamp::now(),
                approval,
                ends: Instant::now() + SESSION_LIFE,
            },
        );
        self.sweep();
        token
    }

    /// A new refresh token under an approval; the ones before it are rotated out.
    pub(super) fn refresh(&mut self, approval: u64) -> String {
        for refresh in self.refresh.values_mut().filter(|r| r.approval == approval) {
            refresh.live = false;
        }
        let token = format!("5Aep861{}", secret::random(48));
        self.refresh.insert(
            token.clone(),
            Refresh {
                approval,
                live: true,
            },
        );
        token
    }

    /// The approval behind a refresh token; a rotated-out one ends the approval and all its sessions.
    pub(super) fn approval_of(&mut self, token: &str) -> Option<(u64, &Approval)> {
        let refresh = self.refresh.get(token)?;
        let number = refresh.approval;
        if !refresh.live {
            self.end(number);
            return None;
        }
        Some((number, self.approvals.get(&number)?))
    }

    /// What is known of a live refresh token, without using it.
    pub(super) fn live_refresh(&self, token: &str) -> Option<&Approval> {
        let refresh = self.refresh.get(token).filter(|refresh| refresh.live)?;
        self.approvals.get(&refresh.approval)
    }

    /// What a live access token stands for; using it keeps it alive.
    pub(super) fn live_access(&mut self, token: &str) -> Option<&Access> {
        let access = self.access.get_mut(token)?;
        let now = Instant::now();
        if access.ends < now {
            return None;
        }
        access.ends = now + SESSION_LIFE;
        Some(access)
    }

    /// Ends a token: a refresh token with all that came from it, an access token alone. False: no such token.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        if let Some(refresh) = self.refresh.get(token) {
            let number = refresh.approval;
            self.end(number);
            return true;
        }
        self.access.remove(token).is_some()
    }

    /// Ends all access tokens; gives their number.
    pub(crate) fn expire_access(&mut self) -> usize {
        let ended = self.access.len();
        self.access.clear();
        ended
    }

    /// Ends all refresh tokens and what was approved with them; gives the number of those that were live.
    pub(crate) fn expire_refresh(&mut self) -> usize {
        let ended = self.refresh.values().filter(|r| r.live).count();
        self.refresh.clear();
        self.approvals.clear();
        ended
    }

    /// Who makes a data call, by its `Authorization`.
    pub(crate) fn visitor(&mut self, header: Option<&str>) -> Result<Visitor, Refusal> {
        let token = header
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| {
                scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth")
            })
            .map(|(_, token)| token.trim())
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Refusal::new(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"))?;
        let session = |message| Refusal::new(401, "INVALID_SESSION_ID", message);
        let access = self
            .live_access(token)
            .ok_or_else(|| session("Session expired or invalid"))?;
        if !access
            .scope
            .iter()
            .any(|scope| scope == "api" || scope == "full")
        {
            return Err(session(
                "This session is not valid for use with the REST API",
            ));
        }
        let user = access.user.clone();
        let rights = self.rights_of(&user);
        Ok(Visitor { user, rights })
    }

    fn end(&mut self, approval: u64) {
        self.approvals.remove(&approval);
        self.refresh
            .retain(|_, refresh| refresh.approval != approval);
        self.access
            .retain(|_, access| access.approval != Some(approval));
    }

    fn sweep(&mut self) {
        self.made += 1;
        if !self.made.is_multiple_of(SWEEP_EVERY) {
            return;
        }
        let now = Instant::now();
        self.sessions.retain(|_, session| session.ends > now);
        self.asked
            .retain(|_, asked| asked.since.elapsed() < SIGN_IN_LIFE);
        self.codes
            .retain(|_, code| code.since.elapsed() < SIGN_IN_LIFE);
        self.access.retain(|_, access| access.ends > now);
    }
}

impl Access {
    /// When the session ends if it is not used again.
    pub(super) fn expires(&self) -> Timestamp {
        let left = self.ends.saturating_duration_since(Instant::now());
        let seconds = i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(Timestamp::now().as_second().saturating_add(seconds))
            .unwrap_or_default()
    }
}
