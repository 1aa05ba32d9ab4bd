using SernetStream.Configuration;
using StackExchange.Redis;

namespace SernetStream.Cluster.Joining;

/// <summary>
/// What a silo does at Redis before it joins: it waits until Redis is there, and sees whether the cluster of this name there has
/// the same authority. That check is for people who mixed files up; what keeps strangers out is TLS.
/// </summary>
internal sealed class RedisDoor(ClusterSettings settings, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Redis's own words for a refusal. That it is loading, or has too many clients, is none: both pass.
    /// </summary>
    private static readonly (string Word, string Sentence)[] Refusals =
    [
        ("WRONGPASS", "refuses this silo's password (WRONGPASS): name a file with the right one by --redis-password-file."),
        ("NOAUTH", "wants a password (NOAUTH): name a file with it by --redis-password-file."),
        ("NOPERM", "does not let this silo's user do what a silo does (NOPERM): allow the user default all keys, channels and commands."),
    ];

    private ConnectionMultiplexer? _redis;

    /// <summary>The connection; after <see cref="WaitAsync"/>.</summary>
    public IDatabase Database => _redis!.GetDatabase();

    private string AuthorityKey => $"sernet:{settings.Cluster}:authority";

    /// <summary>Waits for Redis, however long that is.</summary>
    /// <exception cref="CommandException">Redis is there, and refuses this silo.</exception>
    public async Task WaitAsync(CancellationToken stop)
    {
        var told = false;
        while (!await TryAsync(stop).ConfigureAwait(false))
        {
            if (!told)
            {
                log.LogWarning("Redis at {Redis} does not answer; trying again every {Seconds:0} s", settings.RedisAddress, Pause.TotalSeconds);
                told = true;
            }

            await Task.Delay(Pause, stop).ConfigureAwait(false);
        }

        if (told)
        {
            log.LogInformation("Redis at {Redis} answers", settings.RedisAddress);
        }
    }

    /// <summary>Tries once whether Redis is there.</summary>
    /// <exception cref="CommandException">Redis is there, and refuses this silo.</exception>
    public async Task<bool> TryAsync(CancellationToken stop)
    {
        try
        {
            if (_redis is null)
            {
                // Only a connection that fails says why.
                var attempt = settings.Redis.Clone();
                attempt.AbortOnConnectFail = true;
                _redis = await ConnectionMultiplexer.ConnectAsync(attempt).ConfigureAwait(false);
                await WarnIfOpenAsync().ConfigureAwait(false);
            }

            await Database.PingAsync().WaitAsync(Pause, stop).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            ThrowIfRefused(error);
            return false;
        }
    }

    /// <summary>The authority of the cluster's silos, as the first of them wrote it down; null: none has joined yet.</summary>
    public async Task<string?> KnownAuthorityAsync() => await Database.StringGetAsync(AuthorityKey).ConfigureAwait(false);

    /// <summary>Waits for Redis, and sees whether this silo's secret is the cluster's.</summary>
    /// <exception cref="CommandException">It is another, or Redis refuses this silo.</exception>
    public async Task CheckAuthorityAsync(string fingerprint, CancellationToken stop)
    {
        string? known = null;
        while (known is null)
        {
            await WaitAsync(stop).ConfigureAwait(false);
            try
            {
                await Database.StringSetAsync(AuthorityKey, fingerprint, when: When.NotExists).ConfigureAwait(false);
                known = await KnownAuthorityAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                ThrowIfRefused(error);
                // It has gone meanwhile.
                await Task.Delay(Pause, stop).ConfigureAwait(false);
            }
        }

        if (known != fingerprint)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The cluster {settings.Cluster} at {settings.RedisAddress} has another secret: give this silo the secret file (or the authority) of the others. "
                + $"To change the secret of a cluster, stop all its silos and remove the key {AuthorityKey} from Redis.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Says it where this silo has a password, and Redis asks for none: to the library (StackExchange.Redis 2.13) that is no fault.
    /// </summary>
    private async Task WarnIfOpenAsync()
    {
        if (settings.Redis.Password is not { } password)
        {
            return;
        }

        try
        {
            await Database.ExecuteAsync("AUTH", password).ConfigureAwait(false);
        }
        catch (RedisServerException error) when (error.Message.Contains("without any password configured", StringComparison.Ordinal))
        {
            log.LogWarning(
                "Redis at {Redis} asks for no password, though --redis-password-file names one: whoever reaches it can change the cluster. Set requirepass there",
                settings.RedisAddress);
        }
    }

    /// <summary>A Redis that answers, and refuses this silo, does so until somebody changes what the one or the other is told.</summary>
    private void ThrowIfRefused(Exception error)
    {
        // The exceptions that carry Redis's word are of several kinds.
        var text = error.ToString();
        if (Array.Find(Refusals, refusal => text.Contains(refusal.Word, StringComparison.Ordinal)) is { Word: not null } found)
        {
            throw new CommandException(ExitCode.Usage, $"Redis at {settings.RedisAddress} {found.Sentence}");
        }
    }
}
