namespace SernetStream.State;

/// <summary>The folder for what a node keeps: which device it is to hubs, and what it learnt.</summary>
internal static class StateFolder
{
    // Where the package's service keeps its state (StateDirectory= in sernetd.service).
    private const string OfService = "/var/lib/sernetd";

    /// <summary>The one that systemd gives a service (<c>StateDirectory=</c>), or else the user's own; null if there is none.</summary>
    public static string? Default()
    {
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } service)
        {
            return service.Split(':')[0];
        }

        var user = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state
            ? state
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".local", "state") : null;
        return user is null ? null : Path.Combine(user, "sernet");
    }

    /// <summary>Those that this machine may have: this process's own, and that of the service.</summary>
    public static IEnumerable<string> All() => new[] { Default(), OfService }.OfType<string>().Distinct();
}
