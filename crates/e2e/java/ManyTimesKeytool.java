// Runs `keytool` many times in one process, since it starts slowly.
//
// It is the class that the program `keytool` starts. An argument "+" ends a run, "--" the last run for a file; before
// what is printed of a file there is a line "=== NUMBER". A run that fails ends the process.

import java.util.ArrayList;
import java.util.List;
import sun.security.tools.keytool.Main;

public class ManyTimesKeytool {
    public static void main(String[] arguments) throws Exception {
        List<String> run = new ArrayList<>();
        int number = 0;
        boolean first = true;
        for (String argument : arguments) {
            boolean last = argument.equals("--");
            if (!last && !argument.equals("+")) {
                run.add(argument);
                continue;
            }
            if (first) {
                System.out.println("=== " + number++);
            }
            Main.main(run.toArray(new String[0]));
            run.clear();
            first = last;
        }
    }
}
