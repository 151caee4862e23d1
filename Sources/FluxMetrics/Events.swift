package import Market

/// What came of one request.
package enum FetchOutcome: String, CaseIterable, Sendable {
  case success
  /// No address, no connection, or the connection broke.
  case unreachable
  case timeout
  /// 429, or 503 with Retry-After: the provider asks for a pause.
  case limited
  /// 401 and 403.
  case unauthorised
  /// Any other status than 2xx, a redirect to elsewhere included.
  case refused
  /// A reply of status 2xx that is not what the feed promises: a web page, cut, too large, not decodable, of another
  /// day.
  case unusable
}

/// What became of one batch's observations.
package struct ObservationCounts: Hashable, Sendable {
  package var received: Int
  package var inserted: Int
  package var unchanged: Int
  package var rejected: Int
  package var flagged: Int

  package init(received: Int, inserted: Int, unchanged: Int, rejected: Int, flagged: Int) {
    self.received = received
    self.inserted = inserted
    self.unchanged = unchanged
    self.rejected = rejected
    self.flagged = flagged
  }
}

/// What waits for the database.
package struct SpoolFill: Hashable, Sendable {
  package var bytes: Int
  package var batches: Int
  package var observations: Int
  /// When the oldest was observed; nil where nothing waits.
  package var oldest: Instant?
  package var limit: Int
  package var setAside: Int

  package init(bytes: Int, batches: Int, observations: Int, oldest: Instant?, limit: Int, setAside: Int) {
    self.bytes = bytes
    self.batches = batches
    self.observations = observations
    self.oldest = oldest
    self.limit = limit
    self.setAside = setAside
  }
}

// MARK: - Feeds

extension CollectorMetrics {
  /// A feed that will be asked: its series begin, at 0.
  package func announce(feed: String, every interval: Duration) {
    for outcome in FetchOutcome.allCases { fetches.prepare(feed, outcome.rawValue) }
    for counter in [received, inserted, unchanged, rejected, flags, lateTicks] { counter.prepare(feed) }
    for histogram in [fetchSeconds, loadSeconds] { histogram.prepare(feed) }
    failures.set(0, feed)
    every.set(interval.inSeconds, feed)
  }

  /// A feed that is not asked any more: its gauges end, or an alert about them would never.
  package func forget(feed: String) {
    for gauge in [every, lastAttempt, lastSuccess, failures, nextRun] { gauge.set(nil, feed) }
    lag.forget(feed)
  }

  /// One request was answered, or not.
  package func fetched(feed: String, outcome: FetchOutcome, in duration: Duration) {
    fetches.add(1, feed, outcome.rawValue)
    fetchSeconds.observe(duration, feed)
  }

  /// One batch was committed.
  ///
  /// - Parameter newest: the newest time that an observation of it is of; nil where it had none.
  package func loaded(feed: String, counts: ObservationCounts, newest: Instant?, in duration: Duration) {
    received.add(counts.received, feed)
    inserted.add(counts.inserted, feed)
    unchanged.add(counts.unchanged, feed)
    rejected.add(counts.rejected, feed)
    flags.add(counts.flagged, feed)
    loadSeconds.observe(duration, feed)
    if let newest { lag.advance(to: newest, feed) }
  }

  /// One round ended.
  package func ended(feed: String, attemptedAt: Instant, succeeded: Bool, failures count: Int, nextRun next: Instant?) {
    lastAttempt.set(attemptedAt.inSeconds, feed)
    if succeeded { lastSuccess.set(attemptedAt.inSeconds, feed) }
    failures.set(Double(count), feed)
    nextRun.set(next?.inSeconds, feed)
  }

  /// What the database remembers of a feed from before this process.
  package func remembered(feed: String, lastSuccess at: Instant?, newest: Instant?, failures count: Int) {
    if let at { lastSuccess.set(at.inSeconds, feed) }
    if let newest { lag.advance(to: newest, feed) }
    failures.set(Double(count), feed)
  }

  /// A round was left out, since the last one was not over.
  package func leftOut(feed: String) { lateTicks.add(1, feed) }
}

// MARK: - Hosts

extension CollectorMetrics {
  /// A host whose lease is sought: its series begin, not held.
  package func announce(host: String) {
    excess.prepare(host)
    leaseHeld.set(0, host)
    waiting.set(0, host)
  }

  /// A host of no feed any more.
  package func forget(host: String) {
    for gauge in [waiting, leaseHeld, leaseEpoch, tokenExpiry] { gauge.set(nil, host) }
    leaseAge.forget(host)
  }

  package func budget(host: String, waiting calls: Int) { waiting.set(Double(calls), host) }

  /// The host's lease is ours, taken or renewed at `renewedAt`.
  package func holds(host: String, epoch: Int64, renewedAt: Instant) {
    leaseHeld.set(1, host)
    leaseEpoch.set(Double(epoch), host)
    leaseAge.advance(to: renewedAt, host)
  }

  /// The host's lease is not ours, or not any more.
  package func lost(host: String) {
    leaseHeld.set(0, host)
    leaseAge.forget(host)
  }

  /// Calls that were made beyond the rate, found out afterwards.
  package func exceeded(host: String, calls: Int) { excess.add(calls, host) }

  /// A token was fetched that is good until `expiry`; nil where there is none any more.
  package func token(host: String, expiry: Instant?) { tokenExpiry.set(expiry?.inSeconds, host) }
}

// MARK: - The spool, the database, the log

extension CollectorMetrics {
  package func spool(_ fill: SpoolFill) {
    spoolBytes.set(Double(fill.bytes))
    spoolLimit.set(Double(fill.limit))
    spoolBatches.set(Double(fill.batches))
    spoolObservations.set(Double(fill.observations))
    spoolOldest.set(fill.oldest?.inSeconds)
    spoolSetAside.set(Double(fill.setAside))
  }

  package func spool(isUp: Bool) { spoolUp.set(isUp ? 1 : 0) }

  package func database(isUp: Bool) { databaseUp.set(isUp ? 1 : 0) }

  /// - Parameter difference: this machine's clock minus the database's.
  package func clock(difference: Duration) { clockDifference.set(difference.inSeconds) }

  /// A line of level error or above was written.
  package func loggedError(subsystem: String) { logErrors.add(1, subsystem) }
}
