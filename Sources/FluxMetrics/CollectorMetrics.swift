package import Market

/// Everything that the collector tells Prometheus: every series by name, and one method for each thing that happens.
///
/// Units are the base ones, seconds and bytes; instants are seconds since 1970. A feed or host that is announced has
/// its counters at 0 from then on; a gauge that is not known yet has no sample.
package final class CollectorMetrics: Sendable {
  // The feeds.
  let fetches = Counter(
    "flux_market_fetches_total", "Requests made for a feed, retries and pages included, by what came of them.",
    labels: "feed", "outcome")
  let fetchSeconds = Histogram(
    "flux_market_fetch_duration_seconds", "Time from the request to the whole reply.",
    bounds: [.milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500)]
      + [1, 2.5, 5, 10, 30, 60].map { .seconds($0) }, labels: "feed")
  let loadSeconds = Histogram(
    "flux_market_load_duration_seconds", "Time from a decoded reply to its commit.",
    bounds: [1, 2, 5, 10, 25, 50, 100, 250].map { .milliseconds($0) } + [1, 5, 30].map { .seconds($0) },
    labels: "feed")
  let received = Counter(
    "flux_market_observations_received_total", "Observations that replies became.", labels: "feed")
  let inserted = Counter(
    "flux_market_observations_inserted_total", "Observations stored as a new revision.", labels: "feed")
  let unchanged = Counter(
    "flux_market_observations_unchanged_total", "Observations that the revision in force says already.", labels: "feed")
  let rejected = Counter(
    "flux_market_observations_rejected_total", "Records, or values of them, that were refused.", labels: "feed")
  let flags = Counter(
    "flux_market_flags_total", "Values outside their plausible range, stored unchanged.", labels: "feed")
  let lateTicks = Counter(
    "flux_market_late_ticks_total", "Rounds left out because the last one was not over.", labels: "feed")
  let every = Gauge(
    "flux_market_feed_interval_seconds", "Time between two rounds of the feed's schedule.", labels: "feed")
  let lastAttempt = Gauge(
    "flux_market_feed_last_attempt_timestamp_seconds", "When the feed was last asked.", labels: "feed")
  let lastSuccess = Gauge(
    "flux_market_feed_last_success_timestamp_seconds", "When it last answered as it should.", labels: "feed")
  let failures = Gauge(
    "flux_market_feed_consecutive_failures", "Rounds that failed since then.", labels: "feed")
  let nextRun = Gauge(
    "flux_market_feed_next_run_timestamp_seconds", "When it is asked next.", labels: "feed")
  let lag: Age

  // The hosts.
  let waiting = Gauge(
    "flux_market_host_calls_waiting", "Calls that wait for a permit of their host.", labels: "host")
  let leaseHeld = Gauge(
    "flux_market_host_lease_held", "1 where this collector holds the host.", labels: "host")
  let leaseAge: Age
  let leaseEpoch = Gauge(
    "flux_market_host_lease_epoch", "How often the host has changed hands.", labels: "host")
  let excess = Counter(
    "flux_market_host_excess_calls_total",
    "Calls beyond the host's rate, made while collectors could not see each other.", labels: "host")
  let tokenExpiry = Gauge(
    "flux_market_token_expiry_timestamp_seconds", "When the host's token runs out.", labels: "host")

  // The spool.
  let spoolUp = Gauge("flux_market_spool_up", "1 where the spool can be written; where not, its disk is full or fails.")
  let spoolBytes = Gauge("flux_market_spool_bytes", "Size of what waits for the database.")
  let spoolLimit = Gauge("flux_market_spool_limit_bytes", "The size at which feeds are no longer asked.")
  let spoolBatches = Gauge("flux_market_spool_batches", "Batches that wait for the database.")
  let spoolObservations = Gauge("flux_market_spool_observations", "Observations that wait for the database.")
  let spoolOldest = Gauge(
    "flux_market_spool_oldest_timestamp_seconds", "When the oldest of them was observed; absent where none waits.")
  let spoolSetAside = Gauge(
    "flux_market_spool_set_aside_batches", "Batches that could not be read or loaded, kept for somebody to look at.")

  // The process and its database.
  let databaseUp = Gauge("flux_market_database_up", "1 where the database answered last.")
  let clockDifference = Gauge(
    "flux_market_database_clock_difference_seconds", "This machine's clock minus the database's.")
  let logErrors = Counter(
    "flux_market_log_errors_total", "Log lines of level error and above, by the part that wrote them.",
    labels: "subsystem")
  let started = Gauge("flux_market_start_timestamp_seconds", "When the collector started.")
  let build = Gauge(
    "flux_market_build_info", "1, labelled with the version that runs.", labels: "version")

  /// - Parameter now: ages are counted to it when the exposition is written.
  package init(version: String, now: @escaping @Sendable () -> Instant) {
    lag = Age(
      "flux_market_feed_lag_seconds",
      "Now minus the time that the feed's newest observation is of; negative for a schedule.", label: "feed", now: now)
    leaseAge = Age(
      "flux_market_host_lease_age_seconds", "Time since the lease was last renewed.", label: "host", now: now)
    started.set(now().inSeconds)
    build.set(1, version)
  }

  /// The exposition: what `GET /metrics` answers, of type ``contentType``.
  package func text() -> String {
    var text = Exposition()
    for metric in all { metric.write(to: &text) }
    return text.text
  }

  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private var all: [any Metric] {
    [
      fetches, fetchSeconds, loadSeconds, received, inserted, unchanged, rejected, flags, lateTicks, every, lastAttempt,
      lastSuccess, failures, nextRun, lag, waiting, leaseHeld, leaseAge, leaseEpoch, excess, tokenExpiry,
      spoolUp, spoolBytes, spoolLimit, spoolBatches, spoolObservations, spoolOldest, spoolSetAside, databaseUp, clockDifference,
      logErrors, started, build,
    ]
  }
}
