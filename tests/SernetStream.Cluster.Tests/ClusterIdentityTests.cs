using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using SernetStream.Cluster.Joining;

namespace SernetStream.Cluster.Tests;

public class ClusterIdentityTests
{
    private const string Secret = "a secret that thirty-two and more characters make";

    [Fact]
    public void Silos_of_one_secret_are_peers_and_others_are_not()
    {
        using var one = ClusterIdentity.OfSecret(Secret, "one");
        using var two = ClusterIdentity.OfSecret(Secret, "two");
        using var stranger = ClusterIdentity.OfSecret(Secret + ".", "one");
        Assert.True(one.IsPeer(two.Own));
        Assert.True(two.IsPeer(one.Own));
        Assert.Equal(one.Fingerprint, two.Fingerprint);
        Assert.False(one.IsPeer(stranger.Own));
        Assert.False(one.IsPeer(null));
        Assert.NotEqual(one.Fingerprint, stranger.Fingerprint);
    }

    [Fact]
    public async Task A_silo_shakes_hands_with_a_peer()
    {
        using var one = ClusterIdentity.OfSecret(Secret, "one");
        using var two = ClusterIdentity.OfSecret(Secret, "two");
        await ShakeHandsAsync(one, two);
    }

    [Fact]
    public async Task A_silo_refuses_who_knows_another_secret_or_none()
    {
        using var one = ClusterIdentity.OfSecret(Secret, "one");
        using var stranger = ClusterIdentity.OfSecret(Secret + ".", "one");
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(one, stranger));
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(one, null));
    }

    /// <summary>What Orleans does with the options of a silo: each shows a certificate, and checks the other's.</summary>
    private static async Task ShakeHandsAsync(ClusterIdentity server, ClusterIdentity? client)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var outgoing = new TcpClient();
        var connecting = outgoing.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var incoming = await listener.AcceptTcpClientAsync();
        await connecting;
        await using var ours = new SslStream(incoming.GetStream());
        await using var theirs = new SslStream(outgoing.GetStream());
        var asking = theirs.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "sernet cluster",
            ClientCertificates = client is null ? null : [client.Own],
            // A stranger takes whatever it is shown.
            RemoteCertificateValidationCallback = (_, shown, _, _) => client is null || client.Fingerprint != server.Fingerprint || client.IsPeer(shown),
        });
        try
        {
            await ours.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = server.Own,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, shown, _, _) => server.IsPeer(shown),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            });
        }
        finally
        {
            incoming.Close();
            await asking.ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
