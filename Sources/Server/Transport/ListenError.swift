import Glibc
import Hummingbird
import Logging
import NIOCore

extension Application {
  /// Serves until cancelled or asked to shut down.
  ///
  /// - Parameter setting: what names another address.
  /// - Throws: ``ListenError`` where the address cannot be had.
  func run(on address: ListenAddress, setting: String) async throws {
    do { try await run() } catch let error as IOError {
      throw ListenError(address: address, code: error.errnoCode, setting: setting)
    } catch let error as SocketAddressError {
      throw ListenError(address: address, code: EADDRNOTAVAIL, reason: "\(error)", setting: setting)
    }
  }
}

extension Logger {
  /// Without the web server's words on each start, which we say ourselves.
  var quiet: Logger {
    var quiet = self
    quiet.logLevel = max(logLevel, .warning)
    return quiet
  }
}

/// The address cannot be listened on.
package struct ListenError: Error, Hashable, CustomStringConvertible {
  package let address: ListenAddress
  /// errno of `bind`.
  package let code: Int32
  private let reason: String
  /// What names another.
  private let setting: String

  init(address: ListenAddress, code: Int32, reason: String? = nil, setting: String) {
    self.address = address
    self.code = code
    self.reason = reason ?? String(cString: strerror(code))
    self.setting = setting
  }

  /// Below 1024 ports are for root alone.
  package var isForbidden: Bool { code == EACCES }

  package var description: String {
    let cure = code == EADDRINUSE ? "another collector may be running: stop it, or choose" : "choose"
    return "\(address) cannot be listened on: \(reason); \(cure) another address with \(setting)"
  }
}
