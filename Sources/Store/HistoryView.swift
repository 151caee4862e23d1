package import Market
internal import Postgres

extension HistoryReader {
  /// Which versions of the values are read; each term is defined in docs/reading.md.
  package enum View: Hashable, Sendable {
    /// The newest revision of each time.
    case current
    /// The newest revision observed at or before this instant.
    case asOf(Instant)
    /// The newest revision observed at least so long before the value's own time; after it where negative.
    case asOfLead(Duration)
    /// The first revision of each time.
    case firstRelease
    /// Every revision, oldest first within its time.
    case revisions
    /// Every revision observed at or before this instant.
    case revisionsAsOf(Instant)

    /// Whether a time may have several rows, each with its place among them.
    var isOfRevisions: Bool {
      switch self {
      case .revisions, .revisionsAsOf: true
      case .current, .asOf, .asOfLead, .firstRelease: false
      }
    }
  }
}

extension HistoryReader.View {
  /// What follows FROM; `$1` are the signals, `$2` and `$3` the window's ends, `$4` is `parameter`.
  var source: String {
    let range = "WHERE type = ANY ($1) AND \"time\" >= $2 AND \"time\" < $3"
    return switch self {
    case .current: "flux.market_data_current \(range)"
    case .asOf: "flux.market_data_as_of($4, $2, $3, $1)"
    case .asOfLead: "flux.market_data_as_of_lead($4, $2, $3, $1)"
    case .firstRelease: "flux.market_data_revisions \(range) AND revision = 1"
    case .revisions: "flux.market_data_revisions \(range)"
    case .revisionsAsOf: "flux.market_data_revisions \(range) AND (created_at > $4) IS NOT TRUE"
    }
  }

  var parameter: Parameter? {
    switch self {
    case .asOf(let instant), .revisionsAsOf(let instant): .value(Timestamp(instant))
    case .asOfLead(let lead): .value(Interval(microseconds: lead.microseconds))
    case .current, .firstRelease, .revisions: nil
    }
  }
}
