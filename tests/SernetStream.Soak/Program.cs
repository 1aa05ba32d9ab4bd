using System.Globalization;
using SernetStream.Soak;
using SernetStream.Soak.Cluster;

// soak [latency|day|noise|gate|silero|monitor|overload|rooms|streams|stop|dashboard|cluster]… [NUMBER]: all soaks, or those named; the number shortens one.
var soaks = new Dictionary<string, (double Amount, string Unit, Func<double, Report, Task> Run)>
{
    ["latency"] = (10, "minutes at real-time speed", LatencySoak.RunAsync),
    ["overload"] = (10, "minutes with a model of twice the hop", (minutes, report) => OverloadSoak.RunAsync(minutes * 60, 0.512, report)),
    ["noise"] = (60, "minutes of noise", NoiseSoak.RunAsync),
    ["gate"] = (16, "clips of each corpus", GateSoak.RunAsync),
    ["silero"] = (20, "clips of each corpus", SileroSoak.RunAsync),
    ["monitor"] = (10, "minutes of a television at each level of a person", MonitorSoak.RunAsync),
    ["rooms"] = (50, "rooms in one process", RoomsSoak.RunAsync),
    ["streams"] = (50, "rooms that hear streams: tcp, udp, http", StreamRoomsSoak.RunAsync),
    ["stop"] = (50, "SIGTERMs", StopSoak.RunAsync),
    ["dashboard"] = (6, "minutes, half of them with fifty dashboards open", DashboardSoak.RunAsync),
    ["cluster"] = (20, "faults of three silos with sixty rooms", ClusterSoak.RunAsync),
    ["growth"] = (30, "seconds for each size of a cluster", ClusterGrowth.RunAsync),
    ["grains"] = (30, "seconds for each turn of a silo and a daemon side by side", GrainCost.RunAsync),
    ["batch"] = (20, "seconds for each model, one window or many at a time", BatchTrial.RunAsync),
    ["day"] = (24, "hours at full speed", DaySoak.RunAsync),
};
var number = args.Select(arg => double.TryParse(arg, CultureInfo.InvariantCulture, out var value) ? value : (double?)null)
    .FirstOrDefault(value => value is not null);
var named = args.Where(arg => !double.TryParse(arg, CultureInfo.InvariantCulture, out _)).ToArray();
var unknown = named.FirstOrDefault(name => !soaks.ContainsKey(name));
if (unknown is not null || number <= 0)
{
    Console.Error.WriteLine($"soak: '{unknown ?? number.ToString()}' is none; there are {string.Join(", ", soaks.Keys)}, each with a number of its unit.");
    return 2;
}

Console.WriteLine($"{Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Trim()}");
var holds = true;
foreach (var (name, soak) in soaks.Where(soak => named.Length == 0 || named.Contains(soak.Key)))
{
    var amount = number ?? soak.Amount;
    var report = new Report(string.Create(CultureInfo.InvariantCulture, $"{name}: {amount} {soak.Unit}"), Console.Out);
    report.Begin();
    await soak.Run(amount, report);
    holds &= report.End();
}

return holds ? 0 : 1;
