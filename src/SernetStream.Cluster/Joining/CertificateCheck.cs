using SernetStream.Diagnosis;

namespace SernetStream.Cluster.Joining;

/// <summary>Whether the other silos would let this one in: what <c>check</c> says, and what a silo looks at before it joins.</summary>
internal static class CertificateCheck
{
    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(30);

    /// <summary>Whether a silo's certificate is good, and how long yet.</summary>
    public static Finding Of(ClusterIdentity identity, DateTimeOffset now)
    {
        var own = identity.Own;
        var left = new DateTimeOffset(own.NotAfter.ToUniversalTime()) - now;
        if (IsTooEarly(identity, now))
        {
            return Finding.Fault("certificate", $"The certificate is not good before {own.NotBefore:yyyy-MM-dd}.", "Check this machine's clock, or make another certificate.");
        }

        if (left <= TimeSpan.Zero)
        {
            return Finding.Fault("certificate", $"The certificate has not been good since {own.NotAfter:yyyy-MM-dd}, so no silo lets this one in.", "Make another one, and name it by --tls-cert and --tls-key.");
        }

        if (!identity.IsPeer(own))
        {
            return Finding.Fault("certificate", "The certificate was not signed by the authority, so no silo lets this one in.", "Name the authority of the cluster by --tls-ca, and a certificate that it signed by --tls-cert.");
        }

        return left < SoonOver
            ? Finding.Warning("certificate", $"The certificate is good for {left.TotalDays:0} days yet.", "Make another one soon, and start the silo with it.")
            : Finding.Ok("certificate", $"The certificate is good until {own.NotAfter:yyyy-MM-dd}.");
    }

    /// <summary>Whether it will be good later, or the clock is wrong.</summary>
    public static bool IsTooEarly(ClusterIdentity identity, DateTimeOffset now) => now < new DateTimeOffset(identity.Own.NotBefore.ToUniversalTime());
}
