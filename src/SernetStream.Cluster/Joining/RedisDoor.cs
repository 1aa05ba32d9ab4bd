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
    private ConnectionMultiplexer? _redis;

    /// <summary>The connection; after <see cref="WaitAsync"/>.</summary>
    public IDatabase Database => _redis!.GetDatabase();

    private string AuthorityKey => $"sernet:{settings.Cluster}:authority";

    /// <summary>Waits for Redis, however long that is.</summary>
    /// <exception cref="CommandException">Redis refuses the password.</exception>
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
    /// <exception cref="CommandException">Redis refuses the password.</exception>
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
            }

            await Database.PingAsync().WaitAsync(Pause, stop).ConfigureAwait(false);
            return true;
        }
        catch (RedisException error) when (RefusalIn(error) is { } word)
        {
            throw new CommandException(
                ExitCode.Unavailable,
                $"Redis at {settings.RedisAddress} refuses this silo's password ({word}): name a file with the right one by --redis-password-file.");
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>The authority of the cluster's silos, as the first of them wrote it down; null: none has joined yet.</summary>
    public async Task<string?> KnownAuthorityAsync() => await Database.StringGetAsync(AuthorityKey).ConfigureAwait(false);

    /// <summary>Waits for Redis, and sees whether this silo's secret is the cluster's.</summary>
    /// <exception cref="CommandException">It is another, or Redis refuses the password.</exception>
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

    /// <summary>Redis's own word for a refusal; the exceptions that carry it are of several kinds.</summary>
    private static string? RefusalIn(Exception error)
    {
        var text = error.ToString();
        return Array.Find(["WRONGPASS", "NOAUTH", "NOPERM", nameof(ConnectionFailureType.AuthenticationFailure)], word => text.Contains(word, StringComparison.Ordinal));
    }
}
