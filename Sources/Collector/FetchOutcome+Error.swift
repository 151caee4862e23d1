import Fetch
import FluxMetrics
import Intake

extension FetchOutcome {
  /// What came of a request that failed; nil where it was never made.
  init?(_ error: any Error) {
    guard let error = error as? FetchError else {
      // Without a credential or a permit nothing was asked; all else is about the reply.
      if error is CredentialError || error is NoPermit || error is CancellationError { return nil }
      self = .unusable
      return
    }
    switch error.reason {
    case .unknownHost, .connectionFailed, .broken, .untrustedServer, .transport: self = .unreachable
    case .timedOut: self = .timeout
    case .status(429): self = .limited
    case .status(503): self = if case .again(.some) = error.remedy { .limited } else { .refused }
    case .status(401), .status(403): self = .unauthorised
    case .status, .redirected: self = .refused
    case .webPage, .wrongType, .tooLarge, .corruptCompression: self = .unusable
    case .badScheme, .badHeader, .cancelled, .shutDown: return nil
    }
  }
}
