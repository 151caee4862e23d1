import CCurl
import CGlibc
import Glibc

/// libcurl's multi handle and the sockets that it waits for: `curl_multi_socket_action`, driven by epoll.
///
/// libcurl is told which socket is ready. `curl_multi_poll` takes less to write, and then libcurl asks the system again
/// about every socket in every round.
///
/// Unchecked: `wake` touches `bell` alone, which never changes, and may be called from any thread; all else belongs to
/// the loop's thread once that has begun. Freed, with its connections, when nobody holds it.
final class MultiHandle: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer
  private let watched: Int32
  private let bell: Int32
  /// When libcurl wants to be asked even if no socket is ready.
  private var deadline: ContinuousClock.Instant?
  private var events = [epoll_event](repeating: epoll_event(), count: 64)

  /// - Returns: nil where the system has no descriptor or memory left.
  init?() {
    let (watched, bell) = (epoll_create1(Int32(EPOLL_CLOEXEC)), eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)))
    guard watched >= 0, bell >= 0, let raw = curl_multi_init() else {
      for descriptor in [watched, bell] where descriptor >= 0 { close(descriptor) }
      return nil
    }
    (self.raw, self.watched, self.bell) = (raw, watched, bell)
    watch(bell, EPOLLIN.rawValue)
    let me = Unmanaged.passUnretained(self).toOpaque()
    flux_multi_set_socket_function(raw, { _, socket, what, me, _ in
      guard let me else { return 0 }
      Unmanaged<MultiHandle>.fromOpaque(me).takeUnretainedValue().watch(socket, for: what)
      return 0
    }, me)
    flux_multi_set_timer_function(raw, { _, milliseconds, me in
      guard let me else { return 0 }
      let handle = Unmanaged<MultiHandle>.fromOpaque(me).takeUnretainedValue()
      handle.deadline = milliseconds < 0 ? nil : ContinuousClock.now + .milliseconds(milliseconds)
      return 0
    }, me)
    // Idle connections kept for the next request, over all hosts.
    flux_multi_set_long(raw, CURLMOPT_MAXCONNECTS, 32)
  }

  deinit {
    // It closes connections, of which there is nobody left to tell.
    flux_multi_set_socket_function(raw, nil, nil)
    flux_multi_set_timer_function(raw, nil, nil)
    curl_multi_cleanup(raw)
    close(watched)
    close(bell)
  }

  /// Ends the wait of ``turn()``, or of the next one.
  func wake() { eventfd_write(bell, 1) }

  /// Waits for a socket, a deadline of libcurl's or a wake-up, and lets libcurl do what it can. Idle it costs nothing.
  ///
  /// - Parameter isWaiting: false where there is other work: what is ready now is done.
  func turn(isWaiting: Bool) {
    let count = epoll_wait(watched, &events, Int32(events.count), isWaiting ? timeout : 0)
    var running: Int32 = 0
    for event in events.prefix(Int(max(0, count))) {
      if event.data.fd == bell {
        var rings: eventfd_t = 0
        eventfd_read(bell, &rings)
        continue
      }
      var what: Int32 = 0
      if event.events & EPOLLIN.rawValue != 0 { what |= CURL_CSELECT_IN }
      if event.events & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
      if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { what |= CURL_CSELECT_ERR }
      curl_multi_socket_action(raw, event.data.fd, what, &running)
    }
    if let deadline, deadline <= ContinuousClock.now {
      self.deadline = nil
      curl_multi_socket_action(raw, flux_socket_timeout, 0, &running)
    }
  }

  /// In milliseconds, rounded up so that the deadline has passed after it; -1 for none.
  private var timeout: Int32 {
    guard let deadline else { return -1 }
    let left = deadline - ContinuousClock.now
    return left <= .zero ? 0 : Int32(min(60_000, (left / .milliseconds(1)).rounded(.up)))
  }

  /// What libcurl asks for by `CURLMOPT_SOCKETFUNCTION`.
  private func watch(_ socket: Int32, for what: Int32) {
    switch what {
    case CURL_POLL_IN: watch(socket, EPOLLIN.rawValue)
    case CURL_POLL_OUT: watch(socket, EPOLLOUT.rawValue)
    case CURL_POLL_INOUT: watch(socket, EPOLLIN.rawValue | EPOLLOUT.rawValue)
    default: epoll_ctl(watched, EPOLL_CTL_DEL, socket, nil)
    }
  }

  private func watch(_ descriptor: Int32, _ events: UInt32) {
    var event = epoll_event()
    event.events = events
    event.data.fd = descriptor
    if epoll_ctl(watched, EPOLL_CTL_ADD, descriptor, &event) != 0, errno == EEXIST {
      epoll_ctl(watched, EPOLL_CTL_MOD, descriptor, &event)
    }
  }
}
