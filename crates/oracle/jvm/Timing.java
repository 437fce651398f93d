package oracle;
import com.sap.gateway.ip.core.customdev.util.Message;
/** What calls of a script cost: its source on stdin, the number of calls after the first one as argument. */
public class Timing {
    public static void main(String[] args) throws Exception {
        String source = new String(System.in.readAllBytes(), "UTF-8");
        int calls = Integer.parseInt(args[0]);
        byte[] body = new byte[1024];
        groovy.lang.GroovyObject script = null;
        StringBuilder times = new StringBuilder();
        for (int i = 0; i <= calls; i++) {
            Message message = new Message();
            message.setBody(body);
            message.setHeader("OrderId", "4711");
            long begin = System.nanoTime();
            if (script == null) {
                Class<?> made = new groovy.lang.GroovyClassLoader().parseClass(source);
                script = (groovy.lang.GroovyObject) made.getDeclaredConstructor().newInstance();
            }
            script.invokeMethod("processData", new Object[] { message });
            times.append(System.nanoTime() - begin).append('\n');
            if (!"north".equals(message.getHeaders().get("Route"))) throw new IllegalStateException("another route");
        }
        System.out.print(times);
    }
}
