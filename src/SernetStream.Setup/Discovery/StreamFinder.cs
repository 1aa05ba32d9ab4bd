using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;

namespace SernetStream.Setup.Discovery;

/// <summary>Finds microphones of the local network that say that they are there: services of Wyoming, and cameras.</summary>
internal static class StreamFinder
{
    private const string Wyoming = "_wyoming._tcp.local";
    private const string Rtsp = "_rtsp._tcp.local";
    private const int RtspPort = 554;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(500);

    /// <summary>Those that answer within two seconds or so.</summary>
    public static async Task<IReadOnlyList<ListedDevice>> FindAsync(CancellationToken stop)
    {
        var found = await MulticastDns.BrowseAsync([Wyoming, Rtsp], Round, stop).ConfigureAwait(false);
        var hosts = await Task.WhenAll(found.Select(service => service.ReachAsync(MulticastDns.Names, stop))).ConfigureAwait(false);
        return
        [
            .. found.Zip(hosts)
                .Where(pair => pair.Second is not null)
                .Select(pair => Listed(pair.First, pair.Second!))
                .Where(device => StreamAddress.ProblemOf(device.Device) is null)
                .DistinctBy(device => device.Device),
        ];
    }

    /// <summary>A service as a source that can be listened to. What others say of themselves must not make it another one.</summary>
    /// <param name="service">The service.</param>
    /// <param name="host">Its host as this machine reaches it.</param>
    internal static ListedDevice Listed(FoundService service, string host)
    {
        var isCamera = service.Service == Rtsp;
        var port = isCamera && service.Port == RtspPort ? "" : $":{service.Port}";
        var address = isCamera ? $"rtsp://{host}{port}" : $"wyoming://{host}{port}";
        var path = service.Path is ['/', ..] told && StreamAddress.ProblemOf(address + told) is null ? told : "/";
        return new ListedDevice(
            isCamera ? address + path : address, Index: null, service.Name, isCamera ? "RTSP" : "Wyoming", MaxInputChannels: null, DefaultSampleRate: null,
            IsDefault: false, IsMonitor: false);
    }
}
